import { describe, expect, it } from 'vitest'

import type { CaseRow } from '@/api/schema'

import {
  filtersOf,
  inView,
  isLate,
  isMine,
  isQueue,
  liveCounts,
  merge,
  narrow,
  order,
  queryOf,
  type Listed,
} from './list'

const row = (id: number, part: Partial<CaseRow> = {}): CaseRow =>
  ({
    id,
    kind: 'noise',
    kind_zh: '噪声扰民',
    kind_en: 'Noise',
    state: 'filed',
    state_zh: '待派遣',
    state_en: 'Waiting for dispatch',
    open: true,
    area: 'm-001',
    area_zh: '微网格一',
    area_en: 'Micro grid 1',
    urgent: false,
    post: 'DISP',
    post_zh: '派遣员',
    post_en: 'Dispatcher',
    assigned: [],
    due_at: null,
    ...part,
  }) as CaseRow
const ids = (rows: readonly Listed[]): number[] => rows.map((one) => one.id)

describe('filters in the address', () => {
  it('come back as they went', () => {
    const filters = { view: 'to_file', kind: 'noise', text: '湖', urgent: true } as const
    expect(filtersOf(queryOf(filters))).toEqual(filters)
    expect(queryOf(filtersOf({}))).toEqual({})
  })

  it('take what nobody knows for all that is open', () => {
    expect(filtersOf({ queue: 'to_conquer', kind: ['a'] })).toEqual({
      view: 'open',
      kind: '',
      text: '',
      urgent: false,
    })
    expect(isQueue('mine')).toBe(false)
    expect(isQueue('overdue')).toBe(true)
  })
})

describe('order', () => {
  it('puts what is longest overdue first, then the next deadline, then the urgent and the newest', () => {
    const rows = [
      row(1, { due_at: '2023-12-31T12:30:00Z' }),
      row(2),
      row(3, { due_at: '2023-12-31T11:00:00Z' }),
      row(4, { urgent: true }),
      row(5),
      row(6, { due_at: '2023-12-31T11:30:00Z' }),
    ]
    expect(ids(order(rows))).toEqual([3, 6, 1, 4, 5, 2])
  })

  it('calls late only what is open and past its clock', () => {
    const now = Date.parse('2023-12-31T12:00:00Z')
    expect(isLate(row(1, { due_at: '2023-12-31T11:59:59Z' }), now)).toBe(true)
    expect(isLate(row(1, { due_at: '2023-12-31T11:59:59Z', open: false }), now)).toBe(false)
    expect(isLate(row(1), now)).toBe(false)
  })
})

describe('narrowing', () => {
  const rows = [
    row(7),
    row(12, { area_zh: '如意湖', urgent: true }),
    row(70, { kind: 'flood', kind_zh: '积水' }),
  ]
  const narrowed = (part: object): number[] =>
    ids(narrow(rows, { view: 'open', kind: '', text: '', urgent: false, ...part }))

  it('takes a number for that number alone', () => {
    expect(narrowed({ text: '#7' })).toEqual([7])
  })
  it('looks into both languages', () => {
    expect(narrowed({ text: '如意' })).toEqual([12])
    expect(narrowed({ text: 'dispatcher' })).toEqual([7, 12, 70])
  })
  it('by kind and by urgency', () => {
    expect(narrowed({ kind: 'flood' })).toEqual([70])
    expect(narrowed({ urgent: true })).toEqual([12])
  })
})

it('what is live replaces what was fetched, in the fetched order', () => {
  const live = new Map<number, Listed>([[1, row(1, { state: 'settled' })]])
  const merged = merge([row(2), row(1)], live)
  expect(merged.map((one) => one.state)).toEqual(['filed', 'settled'])
})

it('mine is what my post answers for or was given, while it is open', () => {
  expect(isMine(row(1), ['DISP'])).toBe(true)
  expect(isMine(row(1, { assigned: ['DEPT-cg'] }), ['DEPT-cg'])).toBe(true)
  expect(isMine(row(1, { open: false }), ['DISP'])).toBe(false)
  expect(liveCounts([row(1), row(2, { post: 'VERIFY' }), row(3, { open: false })], ['DISP'])).toEqual({
    open: 2,
    mine: 1,
  })
})

it('of a recorded night rows alone tell what is late and what is soon due, not what a workflow queues', () => {
  const now = Date.parse('2023-12-31T12:00:00Z')
  const soon = row(1, { due_at: '2023-12-31T12:20:00Z' })
  expect(inView(soon, 'due_soon', [], now)).toBe(true)
  expect(inView(soon, 'overdue', [], now)).toBe(false)
  expect(inView(soon, 'overdue', [], now + 21 * 60_000)).toBe(true)
  expect(inView(row(2), 'due_soon', [], now)).toBe(false)
  expect(inView(row(3, { open: false }), 'closed', [], now)).toBe(true)
  expect(inView(soon, 'to_file', [], now)).toBeNull()
})
