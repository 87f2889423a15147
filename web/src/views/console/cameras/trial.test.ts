import { describe, expect, it } from 'vitest'

import { band, newest, seconds, steps } from './trial'

const tried = { since: '2026-01-01T00:00:00Z', until: '2026-01-01T00:10:00Z' }
const at = (minute: number): string => new Date(Date.parse(tried.since) + minute * 60_000).toISOString()

describe('the strip of a tried draft', () => {
  it('puts spans where they were, and what goes on to its end', () => {
    expect(band(tried, at(1), at(2))).toEqual({ from: 0.1, width: 0.1 })
    expect(band(tried, at(5), null)).toEqual({ from: 0.5, width: 0.5 })
  })

  it('keeps what began before it inside', () => {
    expect(band(tried, at(-3), at(1))).toEqual({ from: 0, width: 0.1 })
    expect(band({ since: at(0), until: at(0) }, at(0), null)).toEqual({ from: 1, width: 0 })
  })

  it('counts seconds in which nobody looked', () => {
    const unseen: [string, string][] = [
      [at(0), at(1)],
      [at(9), at(10)],
    ]
    expect(seconds(tried, { unseen })).toEqual({ all: 600, unseen: 120 })
  })

  it('draws values in steps and breaks where nobody looked', () => {
    const drawn = steps([0, 9, null, 9], 9, 40, 100)
    expect(drawn.path).toBe('M0 100H10V10H20M30 10H40')
    expect(drawn.limit).toBe(10)
  })

  it('has room for a limit that nothing reached', () => {
    const drawn = steps([1], 100, 10, 100)
    expect(drawn.limit).toBeCloseTo(10)
    expect(drawn.path).toBe('M0 99.1H10')
  })

  it('tells of the newest first', () => {
    const event = (start: string) => ({ start, end: null, peak: 1, kind: '', about: '', unseen_s: 0 })
    expect(newest([event(at(1)), event(at(3)), event(at(2))], 2).map((one) => one.start)).toEqual([
      at(3),
      at(2),
    ])
  })
})
