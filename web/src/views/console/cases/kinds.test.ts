import { describe, expect, it } from 'vitest'

import type { KindOut } from '@/api/schema'

import { findKinds } from './kinds'

describe('finding a kind', () => {
  const kind = (code: string, name_zh: string, pinyin: string, initials: string, urgent = false): KindOut =>
    ({
      code,
      name_zh,
      name_en: code,
      name: name_zh,
      pinyin,
      initials,
      urgent,
      conditions: [{ filing_zh: '夜间施工扰民', filing_en: 'x' }],
    }) as KindOut
  const kinds = [
    kind('stall-road', '占道经营', 'zhandaojingying', 'zdjy'),
    kind('noise', '噪声扰民', 'zaoshengraomin', 'zsrm'),
    kind('crowd', '人群密度过高', 'renqunmiduguogao', 'rqmdgg', true),
  ]
  const codes = (typed: string): string[] => findKinds(kinds, typed).map((one) => one.code)

  it('by initials, pinyin, code, name, and what its conditions say', () => {
    expect(codes('zdjy')).toEqual(['stall-road'])
    expect(codes('zs')).toEqual(['noise'])
    expect(codes('renqun')).toEqual(['crowd'])
    expect(codes('NOISE')[0]).toBe('noise')
    expect(codes('扰民')[0]).toBe('noise')
    expect(codes('夜间施工')).toHaveLength(3)
    expect(codes('xyz')).toEqual([])
  })
  it('shows urgent kinds first while nothing is typed', () => {
    expect(codes('')[0]).toBe('crowd')
  })
})
