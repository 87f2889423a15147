import { expect, it } from 'vitest'

import { fromLocalInput, localInput } from './moments'

it('a form shows the district wall clock and gives back the same moment', () => {
  const at = Date.parse('2023-12-31T10:05:00Z')
  expect(localInput(at)).toBe('2023-12-31T18:05')
  expect(fromLocalInput('2023-12-31T18:05')).toBe('2023-12-31T10:05:00.000Z')
  expect(fromLocalInput(localInput(at))).toBe(new Date(at).toISOString())
})
