import { expect, it } from 'vitest'

import type { CaseRow, IncidentRow } from '@/api/schema'

import { sinceDraft } from './since'

const at = (minute: number): string => new Date(Date.UTC(2023, 11, 31, 15, minute)).toISOString()

it('tells what came and what went, newest first; what came and went meanwhile needs no words', () => {
  const cases = [
    { id: 1, open: true, reported_at: at(0), closed_at: null },
    { id: 2, open: true, reported_at: at(20), closed_at: null },
    { id: 3, open: false, reported_at: at(0), closed_at: at(30) },
    { id: 4, open: false, reported_at: at(15), closed_at: at(25) },
    { id: 5, open: false, reported_at: at(0), closed_at: at(5) },
  ] as CaseRow[]
  const incidents = [
    { id: 1, state: 'open', opened_at: at(40) },
    { id: 2, state: 'open', opened_at: at(1) },
  ] as IncidentRow[]
  const found = sinceDraft(Date.parse(at(10)), cases, incidents)
  expect(found.map((one) => `${one.what} ${one.row.id}`)).toEqual(['incident 1', 'closed 3', 'case 2'])
})
