import { expect, it } from 'vitest'

import type { DeskPost } from '@/api/schema'

import { findPhones } from './phones'
import { ageOf, pressOf, targetOf } from './queues'

it('each queue leads to the list that shows what it counts', () => {
  expect(targetOf({ code: 'to_file', about: 'case' })).toEqual({ name: 'cases', query: { queue: 'to_file' } })
  expect(targetOf({ code: 'to_judge', about: 'alert' })).toEqual({ name: 'map' })
  expect(targetOf({ code: 'messages_unanswered', about: 'message' })).toBe('messages')
  expect(targetOf({ code: 'approvals_to_countersign', about: 'approval' })).toEqual({ name: 'posture' })
})

it('in a replay a queue leads to a list that is there', () => {
  expect(targetOf({ code: 'to_file', about: 'case' }, true)).toEqual({ name: 'cases' })
  expect(targetOf({ code: 'overdue', about: 'case' }, true)).toEqual({
    name: 'cases',
    query: { queue: 'overdue' },
  })
})

it('an empty queue is quiet, an overdue one is not', () => {
  expect(pressOf({ code: 'messages_unanswered', count: null })).toBe('none')
  expect(pressOf({ code: 'overdue', count: 0 })).toBe('none')
  expect(pressOf({ code: 'overdue', count: 1 })).toBe('late')
  expect(pressOf({ code: 'to_file', count: 1 })).toBe('waits')
})

it('the moment of a queue is a wait, a deadline missed, or one to come', () => {
  const now = Date.parse('2023-12-31T12:00:00Z')
  const at = (minutes: number): string => new Date(now + minutes * 60_000).toISOString()
  expect(ageOf({ code: 'to_file', oldest: at(-5) }, now)).toEqual({ word: 'oldest', ms: 300_000 })
  expect(ageOf({ code: 'due_soon', oldest: at(5) }, now)).toEqual({ word: 'soonest', ms: 300_000 })
  expect(ageOf({ code: 'overdue', oldest: at(-5) }, now)).toEqual({ word: 'late_by', ms: 300_000 })
  expect(ageOf({ code: 'to_file', oldest: null }, now)).toBeNull()
})

it('a phone is found by unit, person, number, and by what the server found', () => {
  const post = (code: string, zh: string, name: string, phone: string): DeskPost =>
    ({
      post: code,
      zh,
      en: code,
      department_zh: '',
      department_en: '',
      staff: { ref: 'p', name, phone },
    }) as DeskPost
  const posts = [
    post('DEPT-cg', '城管联络岗', '甲', '000-1234'),
    post('DEPT-hw', '环卫联络岗', '乙', '000-5678'),
  ]
  const found = (typed: string, codes?: Set<string>): string[] =>
    findPhones(posts, typed, codes).map((one) => one.post)
  expect(found('')).toHaveLength(2)
  expect(found('城管')).toEqual(['DEPT-cg'])
  expect(found('乙')).toEqual(['DEPT-hw'])
  expect(found('5678')).toEqual(['DEPT-hw'])
  expect(found('hw')).toEqual(['DEPT-hw'])
  expect(found('cglw', new Set(['DEPT-cg']))).toEqual(['DEPT-cg'])
})
