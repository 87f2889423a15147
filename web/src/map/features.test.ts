import { describe, expect, it } from 'vitest'

import type { AlertRow, AreaCollection, CaseRow, FloorsOut, IncidentRow } from '@/api/schema'

import {
  areaFeatures, assetState, caseFeatures, floorFeatures, incidentFeatures, levelsByAsset, pulsing,
} from './features' // prettier-ignore
import { LIFT_M } from './layers/buildings'

const incident = (more: Partial<IncidentRow>): IncidentRow =>
  ({
    id: 1,
    state: 'open',
    level: 3,
    unacknowledged: 0,
    area: 'g2-01',
    lon: 1,
    lat: 2,
    name_zh: '事',
    name_en: 'x',
    ...more,
  }) as IncidentRow
const nowhere = () => null

describe('incidents on the map', () => {
  it('makes one mark of those at one place: the worst level, how many, new if any is', () => {
    const rows = [
      incident({ id: 1, level: 3, unacknowledged: 1 }),
      incident({ id: 2, level: 1 }),
      incident({ id: 3, lon: 5 }),
    ]
    const marks = incidentFeatures(rows, nowhere, null).features.map((one) => one.properties)
    expect(marks).toMatchObject([
      { id: '2', level: 1, count: 2, new: true },
      { id: '3', level: 3, count: 1, new: false },
    ])
  })

  it('goes to the next at the same place with each click', () => {
    const rows = [incident({ id: 1, level: 3 }), incident({ id: 2, level: 1 })]
    expect(incidentFeatures(rows, nowhere, '2').features[0]!.properties).toMatchObject({
      id: '1',
      chosen: true,
    })
    expect(incidentFeatures(rows, nowhere, '1').features[0]!.properties).toMatchObject({
      id: '2',
      chosen: true,
    })
  })

  it('stands at its area where it has no place, and nowhere when that is unknown too', () => {
    const rows = [incident({ lon: null, lat: null })]
    expect(incidentFeatures(rows, () => [7, 8], null).features[0]!.geometry).toMatchObject({
      coordinates: [7, 8],
    })
    expect(incidentFeatures(rows, nowhere, null).features).toEqual([])
  })

  it('leaves out what is closed, and pulses for the worst twelve of those not acknowledged', () => {
    const rows = Array.from({ length: 30 }, (_, n) =>
      incident({ id: n, lon: n, level: 1 + (n % 4), unacknowledged: 1 }),
    )
    const marks = incidentFeatures([...rows, incident({ id: 99, lon: 99, state: 'closed' })], nowhere, null)
    expect(marks.features).toHaveLength(30)
    const rings = pulsing(marks)
    expect(rings).toHaveLength(12)
    expect(Math.max(...rings.map((ring) => ring.level))).toBe(2)
  })
})

describe('other things', () => {
  it('says of a case where it stands and how its clock runs', () => {
    const now = Date.UTC(2024, 0, 1)
    const row = (more: Partial<CaseRow>): CaseRow =>
      ({ id: 1, open: true, state: 'handling', due_at: null, lon: 1, lat: 1, area: 'x', ...more }) as CaseRow
    const due = (ms: number): string => new Date(now + ms).toISOString()
    const rows = [
      row({ due_at: due(-1) }),
      row({ due_at: due(60_000), state: 'filed' }),
      row({}),
      row({ open: false }),
    ]
    expect(
      caseFeatures(rows, nowhere, now).features.map(({ properties: { stage, pace } }) => [stage, pace]),
    ).toEqual([
      ['handle', 'late'],
      ['dispatch', 'soon'],
      ['handle', 'calm'],
    ])
  })

  it('takes the worst open alert of an asset; what is paused or over does not count', () => {
    const alert = (more: Partial<AlertRow>): AlertRow =>
      ({ asset: 'cam-1', open: true, hidden: '', cleared_at: null, level: 3, ...more }) as AlertRow
    const rows = [
      alert({}),
      alert({ level: 2 }),
      alert({ level: 1, hidden: 'shelved' }),
      alert({ asset: 'b', cleared_at: 'x' }),
    ]
    expect([...levelsByAsset(rows)]).toEqual([['cam-1', 2]])
  })

  it('puts an alert before out of service before silence; without streams nothing is silent', () => {
    expect(assetState(false, true, true)).toBe('alert')
    expect(assetState(false, false, true)).toBe('out')
    expect(assetState(true, false, true)).toBe('silent')
    expect(assetState(true, false, undefined)).toBe('normal')
  })

  it('draws each ring by its outer line alone, and names the others at their point', () => {
    const square = [[0, 0], [1, 0], [1, 1], [0, 0]] // prettier-ignore
    const area = (kind: string, lx: number | null) => ({
      type: 'Feature',
      id: 1,
      geometry: { type: 'Polygon', coordinates: [square, square] },
      properties: {
        code: kind,
        name_zh: '',
        name_en: '',
        kind,
        path: '/',
        parent: null,
        level: 1,
        lx,
        ly: lx,
        attrs: { colour: 'red' },
      },
    })
    const found = areaFeatures({
      type: 'FeatureCollection',
      features: [area('ring', 1), area('grid2', 1), area('beat', null)],
    } as unknown as AreaCollection)
    expect(found.features.map((one) => [one.properties.kind, one.geometry.type])).toEqual([
      ['ring', 'Polygon'],
      ['ring', 'LineString'],
      ['grid2', 'Polygon'],
      ['grid2', 'Point'],
      ['beat', 'Polygon'],
    ])
    expect(found.features[0]!.properties.colour).toBe('red')
  })

  it('lifts what lies above the chosen floor once, together', () => {
    const floors = {
      floors: [1, 2, 3].map((n) => ({ number: n, base_m: 4 * (n - 1), height_m: 4 })),
    } as FloorsOut
    const slices = floorFeatures({ geometry: {} } as never, floors, 2).features.map((one) => one.properties)
    expect(slices.map((one) => one.base)).toEqual([0, 4, 8 + LIFT_M])
    expect(slices.map((one) => one.chosen)).toEqual([false, true, false])
  })
})
