import { describe, expect, it } from 'vitest'

import type { CameraOut } from '@/api/schema'

import { analysed, filtersOf, narrow, order, pageOf, queryOf, stateOf } from './tiles'

const camera = (code: string, state = 'analysed', part: Partial<CameraOut> = {}): CameraOut =>
  ({
    code,
    name_zh: `广场摄像机 ${code}`,
    name_en: `Camera ${code}`,
    place: 'square',
    in_service: true,
    analysis: { state, health: '' },
    ...part,
  }) as CameraOut

describe('pages', () => {
  const rows = Array.from({ length: 20 }, (_, n) => n)
  it('have so many tiles, the last one what is left', () => {
    expect(pageOf(rows, 9, 1)).toMatchObject({ page: 1, pages: 3, from: 1, until: 9 })
    expect(pageOf(rows, 9, 3)).toMatchObject({ rows: [18, 19], from: 19, until: 20 })
  })
  it('that are gone give the last one', () =>
    expect(pageOf(rows, 16, 9)).toMatchObject({ page: 2, pages: 2 }))
  it('of nothing are one, empty', () =>
    expect(pageOf([], 9, 4)).toEqual({ rows: [], page: 1, pages: 1, from: 0, until: 0 }))
})

describe('the address', () => {
  it('holds what is shown, and nothing that is the rule', () => {
    expect(queryOf(filtersOf({}))).toEqual({})
    const query = { area: 'g2-1', preset: 'smoke', all: '1', tiles: '16', page: '3', q: '0007' }
    expect(queryOf(filtersOf(query))).toEqual(query)
  })
  it('may be wrong', () => expect(filtersOf({ tiles: '7', page: '-2', area: ['a', 'b'] })).toMatchObject({ size: 9, page: 1, area: '' })) // prettier-ignore
})

describe('cameras', () => {
  it('out of service are not analysed, whatever was said before', () => {
    const out = camera('c', 'analysed', { in_service: false })
    expect(stateOf(out)).toBe('out')
    expect(analysed(out)).toBe(false)
    expect(analysed(camera('d', 'degraded'))).toBe(true)
  })

  it('that need somebody come first', () => {
    const all = [
      camera('c', 'off'),
      camera('b'),
      camera('a'),
      camera('e', 'degraded'),
      camera('d', 'waiting'),
    ]
    expect(order(all).map((one) => one.code)).toEqual(['e', 'd', 'a', 'b', 'c'])
  })

  it('are narrowed by place, state, health, algorithm and name', () => {
    const all = [camera('cam-1'), camera('cam-2', 'off', { place: 'park' })]
    const presets = new Map([['cam-1', ['smoke']]])
    const codes = (query: Record<string, string>): string[] =>
      narrow(all, filtersOf(query), presets).map((one) => one.code)
    expect(codes({})).toEqual(['cam-1', 'cam-2'])
    expect(codes({ preset: 'smoke' })).toEqual(['cam-1'])
    expect(codes({ place: 'park' })).toEqual(['cam-2'])
    expect(codes({ state: 'off' })).toEqual(['cam-2'])
    expect(codes({ health: 'unknown' })).toHaveLength(2)
    expect(codes({ health: 'frozen' })).toEqual([])
    expect(codes({ q: 'CAM-2' })).toEqual(['cam-2'])
  })
})
