import { describe, expect, it } from 'vitest'

import { Points } from '@/live/points'

import { abnormal, nearest, NORMAL, packPlaces, packStates, shifted, SILENT } from './packing'
import { pointSize } from './points'

const NOW = Date.UTC(2023, 11, 31, 10)
const points = () =>
  new Points({
    ids: [1, 2, 3],
    codes: ['a', 'b', 'c'],
    assets: ['cnt-01', 'cnt-02', 'cam-1'],
    lon: [113.72, 113.7201, 113.721],
    lat: [34.77, 34.77, 34.771],
    quantity: ['people_present', 'people_present', 'state'],
    unit: ['person', 'person', '1'],
    every_s: [60, 60, 60],
    value: [1, 2, null],
    at_ms: [NOW - 30_000, NOW - 600_000, null],
  })

describe('packing live points', () => {
  it('tells silent, normal and abnormal apart, the worse the higher', () => {
    const states = new Uint8Array(3).fill(255)
    expect(packStates(states, points(), NOW, new Map([['cam-1', 2]]))).toBe(true)
    expect([...states]).toEqual([NORMAL, SILENT, abnormal(2)])
    expect(abnormal(1)).toBeGreaterThan(abnormal(4))
  })

  it('says that nothing changed while values change but states do not', () => {
    const live = points()
    const states = new Uint8Array(3)
    packStates(states, live, NOW, new Map())
    live.take([[1, 99, NOW]])
    expect(packStates(states, live, NOW, new Map())).toBe(false)
    expect(packStates(states, live, NOW + 400_000, new Map())).toBe(true)
  })

  it('keeps places to the centimetre in 32 bits', () => {
    const { origin, xy } = packPlaces(points())
    const x = (180 + 113.721) / 360
    const metre = 1 / (40_075_016 * Math.cos((34.77 * Math.PI) / 180))
    expect(Math.abs(xy[4]! + origin[0] - x) / metre).toBeLessThan(0.01)
  })

  it('finds the nearest within reach, and nothing beyond it', () => {
    const live = points()
    const places = packPlaces(live)
    const states = new Uint8Array(3).fill(NORMAL)
    // A plain camera: the point 0 in the middle of 800 x 600, one pixel a metre or so.
    const metre = 1 / (40_075_016 * Math.cos((34.77 * Math.PI) / 180))
    const [sx, sy] = [2 / (800 * metre), -2 / (600 * metre)]
    const matrix = shifted(
      [sx, 0, 0, 0, 0, sy, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
      [-places.origin[0], -places.origin[1]],
    )
    expect(nearest(places, states, matrix, [800, 600], [401, 300], 8)).toBe(0)
    expect(nearest(places, states, matrix, [800, 600], [408, 300], 8)).toBe(1)
    expect(nearest(places, states, matrix, [800, 600], [440, 300], 8)).toBe(-1)
  })

  it('is small from afar and never large', () => {
    expect(pointSize(11)).toBe(2.4)
    expect(pointSize(16)).toBeGreaterThan(pointSize(14))
    expect(pointSize(20)).toBeLessThanOrEqual(9)
  })
})
