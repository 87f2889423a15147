import { describe, expect, it } from 'vitest'

import { bindingCode, changed, fieldsOf, lasted, limitOf, minutesOver, reaching } from './settings'

const settings = { stay: 180, still: true, evidence: 'new', severity: 4, cadence: 5, same: 0.5 }

describe('the form of an algorithm', () => {
  const fields = fieldsOf({ settings })
  it('has what decides first and knows what kind of field each is', () => {
    expect(fields.map((field) => field.key)).toEqual([
      'stay',
      'still',
      'same',
      'cadence',
      'severity',
      'evidence',
    ])
    expect(fields.map((field) => field.kind)).toEqual([
      'number',
      'flag',
      'number',
      'number',
      'number',
      'choice',
    ])
    expect(fields[5]!.of).toContain('new_and_end')
  })
  it('keeps only what differs from the suggestion', () => {
    expect(changed(fields, { ...settings })).toEqual({})
    expect(changed(fields, { ...settings, stay: 60, still: false })).toEqual({ stay: 60, still: false })
    expect(changed(fields, { ...settings, stay: '' as never })).toEqual({})
    expect(changed(fields, { min_score: 0.4 })).toEqual({ min_score: 0.4 })
  })
})

describe('the last minutes beside a limit', () => {
  const now = Date.parse('2023-12-31T12:00:00Z')
  const events = [
    { start: '2023-12-31T11:50:00Z', end: '2023-12-31T11:55:00Z', peak: 3 },
    { start: '2023-12-31T11:58:00Z', end: null, peak: 8 },
  ]
  it('are counted by their peak or by how long they lasted', () => {
    expect(lasted(events[1]!, now)).toBe(120)
    expect(reaching(events, 200, 'duration', now)).toBe(1)
    expect(reaching(events, 3, 'peak', now)).toBe(2)
    expect(reaching(events, 3.1, 'peak', now)).toBe(1)
  })
  it('do not count minutes that nobody knows', () => {
    expect(minutesOver([1, null, 5, 7], 5)).toEqual({ over: 2, known: 3 })
  })
  it('know which parameter decides', () => {
    expect(limitOf('dwell')).toEqual({ key: 'stay', of: 'duration' })
    expect(limitOf('camera_health')).toBeNull()
  })
})

it('a new binding gets a code that is free and short enough', () => {
  expect(bindingCode('cam-0001', 'smoke', [])).toBe('cam-0001-smoke')
  expect(bindingCode('cam-0001', 'smoke', ['cam-0001-smoke'])).toBe('cam-0001-smoke-2')
  expect(bindingCode('CAM.'.repeat(20), 'smoke', [])).toMatch(/^[a-z0-9][a-z0-9_-]{0,39}$/)
})
