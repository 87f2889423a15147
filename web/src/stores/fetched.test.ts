import { QueryClient } from '@tanstack/vue-query'
import { expect, it, vi } from 'vitest'

import { LiveStore } from '@/live/store'
import { ROW_KINDS, type Snapshot } from '@/live/types'

import { keepFresh } from './fetched'

const snapshot = (seq: number): Snapshot =>
  ({
    gen: 'g',
    seq,
    clock: { now: '2023-12-31T10:00:00Z', rate: 1 },
    rows: Object.fromEntries(ROW_KINDS.map((kind) => [kind, []])),
  }) as unknown as Snapshot

it('asks for everything again where a new snapshot came in place of entries', () => {
  const client = new QueryClient()
  client.setQueryData(['shift', 6], {})
  const store = new LiveStore((run) => run())
  const anew = vi.fn()
  const stop = keepFresh(client, store, anew)
  const stale = (): boolean | undefined => client.getQueryState(['shift', 6])?.isInvalidated
  store.applySnapshot(snapshot(1))
  expect([stale(), anew.mock.calls.length]).toEqual([false, 0])
  store.applySnapshot(snapshot(9))
  expect([stale(), anew.mock.calls.length]).toEqual([true, 1])
  stop()
  store.applySnapshot(snapshot(10))
  expect(anew).toHaveBeenCalledTimes(1)
})
