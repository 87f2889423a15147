import { describe, expect, it } from 'vitest'

import { Rota } from './rota'

describe('stills by turns', () => {
  it('few at once, and everybody in turn', () => {
    const rota = new Rota(2, 1000, 5000)
    rota.show(['a', 'b', 'c'])
    expect(rota.take(0)).toEqual(['a', 'b'])
    expect(rota.take(10)).toEqual([])
    rota.done('a', 100, true)
    expect(rota.take(100)).toEqual(['c'])
    rota.done('b', 200, true)
    expect(rota.take(1099)).toEqual([])
    expect(rota.take(1100)).toEqual(['a'])
  })

  it('one that fails is left alone for longer', () => {
    const rota = new Rota(2, 1000, 5000)
    rota.show(['a'])
    rota.take(0)
    rota.done('a', 0, false)
    expect(rota.take(4999)).toEqual([])
    rota.anew()
    expect(rota.take(4999)).toEqual(['a'])
    rota.done('a', 5000, false, 60_000)
    expect(rota.take(64_999)).toEqual([])
    expect(rota.take(65_000)).toEqual(['a'])
  })

  it('who has left the wall is not fetched, and an answer that comes late does no harm', () => {
    const rota = new Rota(1, 1000, 5000)
    rota.show(['a'])
    rota.take(0)
    rota.show(['b'])
    rota.done('a', 10, true)
    expect(rota.take(10)).toEqual(['b'])
  })
})
