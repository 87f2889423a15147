import { describe, expect, it } from 'vitest'

import type { AreaFeature, MinuteOut } from '@/api/schema'
import { LAYERS, LAYERS_ON } from '@/stores/view'

import { inside } from './inside'
import { GROUPS, layersFrom, layersToKeep } from './layerGroups'
import { minuteSeries } from './series'

describe('layers', () => {
  it('each stand in one group', () => {
    expect(GROUPS.flatMap((group): string[] => [...group.layers]).sort()).toEqual([...LAYERS].sort())
  })

  it('are kept as what differs from the usual, and come back from it', () => {
    const on = new Set([...LAYERS_ON.filter((id) => id !== 'points'), 'cameras' as const])
    expect(layersToKeep(on)).toEqual({ points: false, cameras: true })
    expect(layersFrom(layersToKeep(on))).toEqual(on)
    expect(layersFrom(null)).toEqual(new Set(LAYERS_ON))
    expect(layersFrom({ ring: null })).toEqual(new Set(LAYERS_ON))
  })
})

it('a minute that is missing is not known, never zero', () => {
  const now = Date.UTC(2024, 0, 1, 0, 10, 30)
  const at = (minute: number): MinuteOut => ({
    at: new Date(Date.UTC(2024, 0, 1, 0, minute)).toISOString(),
    n: 1,
    mean: minute,
    min: 0,
    max: 9,
    last: 1,
  })
  const series = minuteSeries([at(10), at(8), at(1)], now, 4)
  expect(series.mean).toEqual([null, 8, null, 10])
  expect(series.have).toEqual([0, 1, 0, 1])
  expect(series.until).toBe('2024-01-01T00:11:00.000Z')
})

describe('inside an area', () => {
  const area = (kind: string, path: string): AreaFeature =>
    ({
      geometry: { type: 'Polygon', coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] },
      properties: { kind, path },
    }) as unknown as AreaFeature // prettier-ignore

  it('goes by the tree for grids, by the ground for what lies over them', () => {
    const row = { path: '/ryh/g2-01/m-1/', lon: 1, lat: 1 }
    expect(inside(area('grid2', '/ryh/g2-01/'), row)).toBe(true)
    expect(inside(area('grid2', '/ryh/g2-02/'), row)).toBe(false)
    expect(inside(area('ring', '/ryh/ring-core/'), row)).toBe(true)
    expect(inside(area('ring', '/ryh/ring-core/'), { ...row, lon: 5 })).toBe(false)
    expect(inside(area('beat', '/ryh/beat-01/'), { ...row, lon: null, lat: null })).toBe(false)
  })
})
