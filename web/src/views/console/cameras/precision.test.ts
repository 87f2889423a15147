import { describe, expect, it } from 'vitest'

import type { PrecisionRow } from '@/api/schema'

import { csv, isThin, percent, said, sorted } from './precision'

const row = (camera: string, good: number, judged: number, low: number | null, high: number | null): PrecisionRow =>
  ({ camera, binding: `${camera}-x`, preset: 'x', true: good, judged, share: judged ? good / judged : null, low, high }) as PrecisionRow // prettier-ignore

describe('precision', () => {
  it('is said with numerator, denominator and interval', () => {
    expect(said(row('a', 12, 14, 0.6006, 0.9599))).toEqual({ of: '12/14', share: '86%', interval: '60%–96%' })
  })
  it('of nothing is nothing, not zero', () => {
    expect(said(row('a', 0, 0, null, null))).toBeNull()
    expect(percent(null)).toBeNull()
    expect(said(row('a', 0, 9, 0, 0.3))?.share).toBe('0%')
  })
  it('of few says so', () => {
    expect(isThin({ low: 0.2, high: 0.9 })).toBe(true)
    expect(isThin({ low: 0.6, high: 0.9 })).toBe(false)
    expect(isThin({ low: null, high: null })).toBe(false)
  })
})

describe('the table', () => {
  const one = row('one-of-one', 0, 1, 0, 0.79)
  const many = row('many', 0, 30, 0, 0.11)
  const good = row('good', 50, 50, 0.93, 1)
  const none = row('none', 0, 0, null, null)
  const names = (by: Parameters<typeof sorted>[1]): string[] =>
    sorted([none, one, good, many], by).map((r) => r.camera)

  it('puts proof before chance', () => {
    expect(names('worst')).toEqual(['many', 'one-of-one', 'good', 'none'])
    expect(names('best')[0]).toBe('good')
    expect(names('most')).toEqual(['good', 'many', 'one-of-one', 'none'])
    expect(names('camera')).toEqual(['good', 'many', 'none', 'one-of-one'])
  })

  it('goes to a sheet without becoming a formula', () => {
    const text = csv([{ ...many, camera: '=1+1', binding: 'a,"b"' }], ['相机', '绑定'])
    expect(text.split('\r\n')[1]).toContain(`'=1+1,"a,""b""",x,0,30,0.0000,0.0000,0.1100`)
  })
})
