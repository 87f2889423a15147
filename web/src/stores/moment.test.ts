import { expect, it } from 'vitest'

import { keyAt, sameOfThen } from './moment'

const AT = '2023-12-31T10:00:00.000Z'
const LATER = '2023-12-31T10:01:00.000Z'

it('asks live under the key that entries make stale, and of a moment under another', () => {
  expect(keyAt(undefined, 'case', 7)).toEqual(['case', 7])
  expect(keyAt(AT, 'case', 7)[0]).not.toBe('case')
  expect(keyAt(AT, 'case', 7)).not.toEqual(keyAt(LATER, 'case', 7))
})

it('shows the moment before until the next has come, of the same thing and never of now', () => {
  expect(sameOfThen(keyAt(AT, 'case', 7), keyAt(LATER, 'case', 7))).toBe(true)
  expect(sameOfThen(keyAt(AT, 'case', 7), keyAt(AT, 'case', 8))).toBe(false)
  expect(sameOfThen(keyAt(undefined, 'case', 7), keyAt(AT, 'case', 7))).toBe(false)
  expect(sameOfThen(keyAt(AT, 'desk'), keyAt(undefined, 'desk'))).toBe(false)
  expect(sameOfThen(keyAt(undefined, 'desk'), keyAt(undefined, 'desk'))).toBe(false)
})
