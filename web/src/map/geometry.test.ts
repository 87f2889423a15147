import { describe, expect, it } from 'vitest'

import {
  area,
  box,
  distance,
  holds,
  length,
  metresPerPixel,
  namePoint,
  scaleBar,
  type LonLat,
} from './geometry'

const SQUARE: LonLat[] = [[0, 0], [0.01, 0], [0.01, 0.01], [0, 0.01]] // prettier-ignore
const ring = (west: number, east: number): number[][] => [[west, 0], [east, 0], [east, 2], [west, 2], [west, 0]] // prettier-ignore

describe('measuring', () => {
  it('knows a degree of latitude and the way around', () => {
    expect(distance([0, 0], [0, 1])).toBeCloseTo(111_195, -1)
    expect(length(SQUARE)).toBeCloseTo(3 * 1111.95, -1)
    expect(length([[1, 1]])).toBe(0)
  })

  it('measures a surface, whichever way it runs', () => {
    expect(area(SQUARE)).toBeCloseTo(1111.95 ** 2, -3)
    expect(area([...SQUARE].reverse())).toBeCloseTo(area(SQUARE), 3)
    expect(area(SQUARE.slice(0, 2))).toBe(0)
  })

  it('draws a scale of a round length that fits', () => {
    const bar = scaleBar(metresPerPixel(34.77, 15), 96)
    expect([1, 2, 5]).toContain(Number(String(bar.metres)[0]))
    expect(bar.pixels).toBeLessThanOrEqual(96)
    expect(bar.pixels).toBeGreaterThan(96 / 2.6)
  })
})

describe('shapes', () => {
  it('finds the box of any coordinates, and none of nothing', () => {
    expect(box([[[1, 2], [3, -1]], [[0, 0]]])).toEqual([0, -1, 3, 2]) // prettier-ignore
    expect(box([])).toBeNull()
  })

  it('knows inside from a hole and from outside', () => {
    const holed = { type: 'Polygon' as const, coordinates: [ring(0, 6), ring(2, 3)] }
    expect([holds(holed, 1, 1), holds(holed, 2.5, 1), holds(holed, 9, 1)]).toEqual([true, false, false])
  })

  it('writes a name inside, on the widest part', () => {
    const holed = { type: 'Polygon' as const, coordinates: [ring(0, 6), ring(2, 3)] }
    const at = namePoint(holed)!
    expect(at[0]).toBeCloseTo(4.5)
    expect(holds(holed, at[0], at[1])).toBe(true)
    expect(namePoint({ type: 'MultiPolygon', coordinates: [[ring(0, 1)], [ring(5, 9)]] })![0]).toBeCloseTo(7)
  })
})
