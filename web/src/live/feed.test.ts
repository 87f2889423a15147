import { describe, expect, it, vi } from 'vitest'

import type { SseOptions } from '@/api/sse'

import { Feed, type FeedState } from './feed'
import { LiveStore } from './store'
import { ROW_KINDS, type PointTable, type Snapshot } from './types'

const empty = Object.fromEntries(ROW_KINDS.map((kind) => [kind, []])) as unknown as Snapshot['rows']
const entry = (seq: number) => ({
  event: 'entry',
  id: `g-${seq}`,
  data: JSON.stringify({ seq, kind: 'x', rows: {} }),
})

/** A server whose streams do what the script says, one after the other. */
function scripted(streams: ((options: SseOptions) => number)[]) {
  const asked: (string | null)[] = []
  let snapshots = 0
  const states: FeedState[] = []
  const store = new LiveStore((run) => run())
  const feed: Feed = new Feed(
    store,
    {
      snapshot: () =>
        Promise.resolve({
          gen: 'g',
          seq: 10 * ++snapshots,
          clock: { now: '2024-01-01T00:00:00Z', rate: 1 },
          rows: empty,
        }),
      points: () =>
        Promise.resolve({
          ids: [],
          lon: [],
          lat: [],
          value: [],
          at_ms: [],
          every_s: [],
        } as unknown as PointTable),
      read: (_url, options) => {
        asked.push(options.lastEventId)
        const stream = streams.shift()
        if (!stream) {
          feed.stop()
          return Promise.resolve(200)
        }
        options.onOpen()
        return Promise.resolve(stream(options))
      },
    },
    () => '/stream',
    (state) => states.push(state),
  )
  return { feed, store, asked, states, count: () => snapshots }
}

describe('Feed', () => {
  it('goes on from where it stood when a stream breaks', async () => {
    vi.useFakeTimers()
    const it_ = scripted([
      (options) => {
        options.onEvent(entry(11))
        options.onEvent(entry(12))
        return 200
      },
    ])
    const run = it_.feed.run()
    await vi.runAllTimersAsync()
    await run
    vi.useRealTimers()
    expect(it_.asked).toEqual(['g-10', 'g-12'])
    expect(it_.count()).toBe(1)
    expect(it_.states).toContain('reconnecting')
  })

  it('takes a new snapshot after a gap', async () => {
    vi.useFakeTimers()
    const it_ = scripted([
      (options) => {
        options.onEvent({ event: 'reset', data: '{"reason":"gap"}', id: null })
        return 200
      },
    ])
    const run = it_.feed.run()
    await vi.runAllTimersAsync()
    await run
    vi.useRealTimers()
    expect(it_.count()).toBe(2)
    expect(it_.asked).toEqual(['g-10', 'g-20'])
  })

  it('stops where nobody is logged in', async () => {
    const it_ = scripted([() => 401])
    await it_.feed.run()
    expect(it_.states.at(-1)).toBe('signed-out')
    expect(it_.asked).toHaveLength(1)
  })
})
