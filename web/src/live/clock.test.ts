import { describe, expect, it } from 'vitest'

import { BusinessClock } from './clock'

const EIGHT = Date.parse('2023-12-31T20:00:00+08:00')

describe('BusinessClock', () => {
  it('goes on between two tellings, and not for long', () => {
    const clock = new BusinessClock()
    clock.set(EIGHT, 60, 0)
    expect(clock.now(1000) - EIGHT).toBe(60_000)
    expect(clock.now(60_000)).toBe(clock.now(1600))
  })

  it('knows beside what it shows what the server has said: nothing is written down as of a moment to come', () => {
    const clock = new BusinessClock()
    clock.set(EIGHT, 120, 0)
    // The night was held back: what is shown has run ahead, and does not jump back.
    clock.tell(EIGHT + 1000, 120, 1000)
    expect(clock.now(1000)).toBe(EIGHT + 120_000)
    expect(clock.said).toBe(EIGHT + 1000)
  })
})
