import { describe, expect, it } from 'vitest'

import { Feeding, type Fed } from './feeding'

const of = (n: number) => ({ type: 'FeatureCollection', features: Array.from({ length: n }, () => ({})) })
const turn = async (): Promise<void> => {
  for (let n = 0; n < 8; n++) await Promise.resolve()
}

function engine() {
  const given: number[] = []
  const listeners = new Set<() => void>()
  let ready = true
  const fed: Fed = {
    give: async (_, data) => {
      given.push((data as ReturnType<typeof of>).features.length)
      ready = false
    },
    ready: () => ready,
    listen: (run) => {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
  const cut = async (): Promise<void> => {
    ready = true
    for (const run of [...listeners]) run()
    await turn()
  }
  return { given, fed, cut, listeners }
}

describe('feeding a source', () => {
  it('gives the next only when the tiles of the one before are cut, and skips what is out of date by then', async () => {
    const { given, fed, cut } = engine()
    const feeding = new Feeding(fed)
    feeding.put('floors', of(1))
    await turn()
    feeding.put('floors', of(2))
    feeding.put('floors', of(3))
    await turn()
    expect(given).toEqual([1])
    await cut()
    expect(given).toEqual([1, 3])
  })

  it('gives two of one turn as one', async () => {
    const { given, fed } = engine()
    const feeding = new Feeding(fed)
    feeding.put('floors', of(4))
    feeding.put('floors', of(5))
    await turn()
    expect(given).toEqual([5])
  })

  it('does not hand nothing to a source that has nothing, but does empty one that has something', async () => {
    const { given, fed, cut, listeners } = engine()
    const feeding = new Feeding(fed)
    feeding.put('chosen', of(0))
    await turn()
    expect(given).toEqual([])
    feeding.put('chosen', of(1))
    await turn()
    await cut()
    feeding.put('chosen', of(0))
    await turn()
    expect(given).toEqual([1, 0])
    await cut()
    expect(listeners.size).toBe(0)
  })
})
