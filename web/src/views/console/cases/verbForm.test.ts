import { describe, expect, it } from 'vitest'

import type { ArgumentOut, VerbOut } from '@/api/schema'

import { blank, bodyOf, faults, fieldsOf, sortVerbs } from './verbForm'

const argument = (name: ArgumentOut['name'], form: ArgumentOut['form'], required: boolean): ArgumentOut => ({
  name,
  form,
  required,
  label_zh: name,
  label_en: name,
})
const verb = (code: string, part: Partial<VerbOut> = {}): VerbOut =>
  ({ verb: code, allowed: true, direction: 'forward', code: null, arguments: [], ...part }) as VerbOut
const NOW = Date.parse('2023-12-31T12:00:00Z')

describe('the form of a verb', () => {
  const fields = fieldsOf(
    verb('file', {
      arguments: [
        argument('reason', 'text', false),
        argument('until', 'moment', true),
        argument('condition', 'condition', true),
      ],
    }),
  )

  it('asks for what is needed first', () => {
    expect(fields.map((field) => field.name)).toEqual(['until', 'condition', 'reason'])
  })

  it('says what is missing, and what lies in the past', () => {
    expect(faults(fields, blank(), NOW)).toEqual({ until: 'missing', condition: 'missing' })
    expect(faults(fields, { ...blank(), condition: 'a', until: '2023-12-31T11:00:00Z' }, NOW)).toEqual({
      until: 'past',
    })
    expect(faults(fields, { ...blank(), condition: '  ', until: '2023-12-31T13:00:00Z' }, NOW)).toEqual({
      condition: 'missing',
    })
  })

  it('takes a no for an answer', () => {
    const ok = fieldsOf(verb('call_back', { arguments: [argument('ok', 'yes_no', true)] }))
    expect(faults(ok, { ...blank(), ok: false }, NOW)).toEqual({})
    expect(bodyOf('call_back', ok, { ...blank(), ok: false })).toEqual({ verb: 'call_back', ok: false })
  })

  it('sends what the verb takes and was said, nothing else', () => {
    const answers = { ...blank(), condition: ' a ', until: '2023-12-31T13:00:00Z', post: 'DISP' }
    expect(bodyOf('file', fields, answers)).toEqual({
      verb: 'file',
      condition: 'a',
      until: '2023-12-31T13:00:00Z',
    })
  })
})

it('verbs are mine to do, held up, or others business', () => {
  const sorted = sortVerbs([
    verb('void', { direction: 'side' }),
    verb('close', { allowed: false, code: 'sensor_disagrees', direction: 'end' }),
    verb('settle', { allowed: false, code: 'not_allowed' }),
    verb('file'),
  ])
  expect(sorted.open.map((one) => one.verb)).toEqual(['file', 'void'])
  expect(sorted.blocked.map((one) => one.verb)).toEqual(['close'])
  expect(sorted.others.map((one) => one.verb)).toEqual(['settle'])
})
