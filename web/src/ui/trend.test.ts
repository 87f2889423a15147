import { describe, expect, it } from 'vitest'

import type { Series, ThresholdLine } from '@/api/schema'

import {
  bandPath,
  coverage,
  domainOf,
  gaps,
  labelled,
  linePath,
  moments,
  runs,
  stepAt,
  ticks,
  xAt,
  yAt,
} from './trend'

const frame = { width: 100, height: 50, top: 0, right: 0, bottom: 0, left: 0 }
const domain = { lo: 0, hi: 10 }
const series = (
  mean: (number | null)[],
  have: number[] = mean.map((v) => (v === null ? 0 : 2)),
  of = 2,
): Series => ({
  since: '2023-12-31T10:00:00Z',
  until: '2023-12-31T10:10:00Z',
  step_s: 60,
  of,
  have,
  min: mean,
  max: mean,
  mean,
})
const line = (level: number, set: number | null, in_force = true): ThresholdLine => ({
  rule: 'r', name_zh: '', name_en: '', level, set, clear: null, below: false, in_force, mode: 'normal', mode_level: null,
  source: '',
}) // prettier-ignore

describe('trend', () => {
  it('breaks the line where nothing is known, and never draws zero for it', () => {
    expect(linePath([1, 2, null, 4, 5], domain, frame)).toBe('M10.0 45.0L30.0 40.0M70.0 30.0L90.0 25.0')
    expect(linePath([null, null], domain, frame)).toBe('')
    expect(gaps([1, null, null, 4, null])).toEqual([
      { from: 1, until: 3 },
      { from: 4, until: 5 },
    ])
  })
  it('shows a value that stands alone as wide as its step', () => {
    expect(linePath([null, 5, null, null], domain, frame)).toBe('M25.0 25.0H50.0')
  })
  it('closes the band piece by piece', () => {
    expect(bandPath([1, 1, null], [3, 3, null], domain, { ...frame, width: 90 })).toBe(
      'M15.0 35.0L45.0 35.0L45.0 45.0L15.0 45.0Z',
    )
  })
  it('spans values and the lines in force, from zero where that is near', () => {
    expect(domainOf(series([100, 200]), [])).toEqual({ lo: 0, hi: 216 })
    expect(domainOf(series([100, 200]), [line(1, 400), line(2, 9000, false)]).hi).toBe(432)
    expect(domainOf(series([80, 84]), []).lo).toBeCloseTo(79.68)
    expect(domainOf(series([null]), [])).toEqual({ lo: 0, hi: 1 })
    expect(domainOf(series([5, 5]), [])).toEqual({ lo: 4, hi: 6 })
  })
  it('finds the step under the pointer, also at the edges', () => {
    expect([-5, 0, 24, 26, 99, 300].map((x) => stepAt(x, 4, frame))).toEqual([0, 0, 0, 1, 3, 3])
    expect(xAt(2, 4, frame)).toBe(50)
    expect(yAt(10, domain, frame)).toBe(0)
  })
  it('tells partly from wholly silent', () => {
    expect(coverage(series([1, 1, null, 1], [2, 1, 0, 2]))).toEqual({
      partial: [{ from: 1, until: 2 }],
      none: [{ from: 2, until: 3 }],
    })
    expect(runs(3, () => false)).toEqual([])
  })
  it('marks round numbers and moments', () => {
    expect(ticks({ lo: 0, hi: 54000 })).toEqual([0, 20000, 40000])
    expect(ticks({ lo: 0.1, hi: 0.42 })).toEqual([0.2, 0.4])
    const at = (text: string): number => Date.parse(`2023-12-31T${text}Z`)
    expect(moments(at('10:03'), at('11:02'))).toEqual([at('10:15'), at('10:30'), at('10:45'), at('11:00')])
    expect(moments(at('00:00'), at('23:00'), 3, 330)).toEqual([at('06:30'), at('18:30')])
  })
  it('gives words to the graver of two lines that lie on each other', () => {
    const placed = labelled([line(2, 5.1), line(1, 5), line(3, 8), line(4, 99)], domain, frame)
    expect(placed.map(({ line: { level }, words }) => [level, words])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ])
  })
})
