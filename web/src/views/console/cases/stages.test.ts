import { describe, expect, it } from 'vitest'

import type { CaseDetail, StepOut } from '@/api/schema'

import { pathOf } from './stages'

const PATH = [
  'reported',
  'filed',
  'dispatched',
  'signed',
  'handling',
  'settled',
  'verified',
  'closed',
  'called_back',
  'archived',
]
const at = (minute: number): string => new Date(Date.UTC(2023, 11, 31, 10, minute)).toISOString()

/** A case that went through these states, a minute each, by verbs named after where they lead. */
function detail(states: string[], part: Partial<CaseDetail> = {}): CaseDetail {
  const state = states.at(-1)!
  const here = PATH.includes(state)
    ? PATH.indexOf(state)
    : Math.max(...states.map((one) => PATH.indexOf(one)))
  const steps = states.map((after, n) => ({
    at: at(n),
    verb: `to_${after}`,
    verb_zh: `到${after}`,
    verb_en: `to ${after}`,
    before: states[n - 1] ?? '',
    after,
  })) as StepOut[]
  return {
    state,
    state_zh: state,
    state_en: state,
    open: true,
    urgent: false,
    filed_at: states.includes('filed') ? at(1) : null,
    steps,
    stages: PATH.map((code, n) => ({
      state: code,
      name_zh: code,
      name_en: code,
      done_at: n <= here && states.includes(code) ? at(states.lastIndexOf(code)) : null,
      current: code === state,
    })),
    ...part,
  } as CaseDetail
}
const marks = (one: CaseDetail): string =>
  pathOf(one)
    .stages.map((stage) => stage.mark[0])
    .join('')

describe('the path of a case', () => {
  it('is done behind, here, and ahead before', () => {
    expect(marks(detail(['reported', 'filed', 'dispatched']))).toBe('ddhaaaaaaa')
  })

  it('names the step that passed a stage over', () => {
    const path = pathOf(detail(['reported', 'settled']))
    expect(path.stages.map((stage) => stage.mark[0]).join('')).toBe('dsssshaaaa')
    expect(path.stages[2]!.by?.verb).toBe('to_settled')
  })

  it('says that an urgent kind is sent out before it is filed', () => {
    const first = pathOf(detail(['reported', 'dispatched'], { urgent: true }))
    expect(first.stages[1]).toMatchObject({ mark: 'skipped', urgentFirst: true })
    const filed = pathOf(detail(['reported', 'dispatched'], { urgent: true, filed_at: at(5) }))
    expect(filed.stages[1]).toMatchObject({ mark: 'done', at: at(5), urgentFirst: false })
  })

  it('stands beside the path while it is suspended', () => {
    const path = pathOf(detail(['reported', 'filed', 'dispatched', 'signed', 'suspended']))
    expect(path.beside).toMatchObject({ state: 'suspended', since: at(4) })
    expect(path.stages.map((stage) => stage.mark[0]).join('')).toBe('ddddaaaaaa')
  })

  it('goes no further once it is declined', () => {
    expect(marks(detail(['reported', 'declined'], { open: false }))).toBe('dnnnnnnnnn')
  })

  it('counts how often it came back', () => {
    expect(
      pathOf(detail(['reported', 'filed', 'dispatched', 'settled', 'handling', 'settled', 'handling'])).back,
    ).toBe(2)
    expect(pathOf(detail(['reported', 'filed'])).back).toBe(0)
  })
})
