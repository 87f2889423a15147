import { describe, expect, it } from 'vitest'

import { grouped, levelsOf, said } from './preview'

const change = (key: string, before: unknown, after: unknown) =>
  ({ key, before, after, source: 'emergency' }) as never

describe('grouped', () => {
  it('sorts changes under what they are about, in the order of the sections', () => {
    const groups = grouped([
      change('posts.FP-*.manned', false, true),
      change('thresholds.crowd-core-total.1.clear', 48000, 40000),
      change('nonsense', 1, 2),
    ])
    expect([...groups.keys()]).toEqual(['thresholds', 'posts'])
    expect(groups.get('thresholds')).toEqual([
      { name: 'crowd-core-total', detail: '1 clear', before: '48000', after: '40000' },
    ])
  })

  it('says that nothing is set rather than showing a zero', () => {
    expect(said(null)).toBeNull()
    expect(said(0)).toBe('0')
    expect(said(['LEAD', 'CMD'])).toBe('LEAD, CMD')
  })
})

it('an emergency always has a level, a holiday never', () => {
  expect(levelsOf('emergency')).not.toContain(null)
  expect(levelsOf('holiday')).toEqual([null])
})
