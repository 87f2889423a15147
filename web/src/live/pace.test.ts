import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { paced } from './pace'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('does it at once, then once for all that is wanted within the span', () => {
  const run = vi.fn()
  const ask = paced(run, 1000)
  ask()
  expect(run).toHaveBeenCalledTimes(1)
  for (let n = 0; n < 20; n++) {
    ask()
    vi.advanceTimersByTime(40)
  }
  expect(run).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(200)
  expect(run).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(5000)
  expect(run).toHaveBeenCalledTimes(2)
  ask()
  expect(run).toHaveBeenCalledTimes(3)
})

it('does nothing after it was stopped', () => {
  const run = vi.fn()
  const ask = paced(run, 1000)
  ask()
  ask()
  ask.stop()
  vi.advanceTimersByTime(5000)
  expect(run).toHaveBeenCalledTimes(1)
})
