import { expect, it } from 'vitest'

import { saysOf, verdictOf } from './sensors'

const alert = (state: 'unacknowledged' | 'acknowledged' | 'cleared' | 'closed', cleared = false) => ({
  state,
  cleared_at: cleared ? '2023-12-31T12:00:00Z' : null,
})

it('an alert that was acknowledged is still raised', () => {
  expect(saysOf(alert('acknowledged'))).toBe('raised')
  expect(saysOf(alert('cleared', true))).toBe('cleared')
})

it('one sensor that disagrees is enough, and what nobody says is not fine', () => {
  expect(verdictOf(0, [])).toBe('none')
  expect(verdictOf(2, [alert('cleared', true), alert('unacknowledged')])).toBe('disagrees')
  expect(verdictOf(2, [alert('cleared', true)])).toBe('unknown')
  expect(verdictOf(1, [alert('closed', true)])).toBe('unknown')
  expect(verdictOf(1, [alert('cleared', true)])).toBe('fine')
})
