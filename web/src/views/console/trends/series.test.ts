import { describe, expect, it } from 'vitest'

import type { Series } from '@/api/schema'

import { band, gaps, latest, points } from './series'

const since = '2023-12-31T10:00:00Z'
const T = Date.parse(since)
const series: Series = { since, until: since, step_s: 60, of: 2, have: [2, 1, 0, 2], min: [1, 1, null, 3], max: [2, 4, null, 3], mean: [1, 2, null, 3] } // prettier-ignore

describe('series', () => {
  it('leaves a gap where nothing is known', () => {
    expect(points([5, null], since, 60)).toEqual([[T + 30_000, 5], [T + 90_000, null]]) // prettier-ignore
    expect(band(series).height.map(([, value]) => value)).toEqual([1, 3, null, 0])
  })

  it('tells when some counters were silent', () => {
    expect(gaps(series)).toEqual([[T + 60_000, T + 180_000]])
  })

  it('knows the last of a running total, or that there is none', () => {
    expect(latest([1, 2, null])).toBe(2)
    expect(latest([null])).toBeNull()
  })
})
