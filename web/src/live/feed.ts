/** Keeps a store fed from the stream: snapshot, entries, resume after a break, a new snapshot after a gap. */
import { readStream, type SseEvent } from '@/api/sse'

import { Points } from './points'
import type { LiveStore } from './store'
import type { Entry, PointTable, Snapshot, Tick, Values } from './types'

export type FeedState = 'connecting' | 'live' | 'reconnecting' | 'stalled' | 'signed-out'

/** A message for the other tabs of this browser. */
export type Relay =
  | { type: 'event'; event: SseEvent }
  | { type: 'state'; state: FeedState; since: number }
  | { type: 'snapshot-please' }

export interface FeedSource {
  snapshot: () => Promise<Snapshot>
  points: () => Promise<PointTable>
  /** Opens the stream; replaced in tests. */
  read?: typeof readStream
}

/** Nothing at all for so long (pings come every 15 s, ticks every second) means that the line is dead, whatever TCP says. */
const SILENCE_MS = 20_000
/** Without a tick for so long the screen says that it is stale. */
export const STALE_MS = 4_000
const PAUSES_MS = [250, 500, 1000, 2000, 5000]

export class Feed {
  state: FeedState = 'connecting'
  /** Real time (epoch ms) of the last word from the server. */
  heard = 0
  private stopped = false
  private controller: AbortController | null = null
  private failures = 0
  private reset = true

  constructor(
    private readonly store: LiveStore,
    private readonly source: FeedSource,
    private readonly url: () => string,
    private readonly onState: (state: FeedState) => void,
    private readonly onEvent: (event: SseEvent) => void = () => undefined,
  ) {}

  async run(): Promise<void> {
    while (!this.stopped) {
      try {
        if (this.reset) await this.begin()
        await this.follow()
      } catch (error) {
        if (isSignedOut(error)) return this.setState('signed-out')
      }
      if (this.stopped || (this.state as FeedState) === 'signed-out') return
      this.setState(this.heard === 0 ? 'connecting' : 'reconnecting')
      await sleep(PAUSES_MS[Math.min(this.failures++, PAUSES_MS.length - 1)]! * (0.7 + 0.6 * Math.random()))
    }
  }

  stop(): void {
    this.stopped = true
    this.controller?.abort()
  }

  /** Open the stream anew, from where it stood: another view wants other values. */
  reopen(): void {
    this.failures = 0
    this.controller?.abort()
  }

  private async begin(): Promise<void> {
    const snapshot = await this.source.snapshot()
    this.store.applySnapshot(snapshot)
    this.reset = false
    // Places are needed by the map alone: the list need not wait for them.
    void this.source.points().then(
      (table) => this.store.setPoints(new Points(table)),
      () => undefined,
    )
  }

  private async follow(): Promise<void> {
    const controller = (this.controller = new AbortController())
    let watch = window.setTimeout(() => controller.abort(), SILENCE_MS)
    try {
      const status = await (this.source.read ?? readStream)(this.url(), {
        signal: controller.signal,
        lastEventId: this.store.position,
        onOpen: () => this.alive(),
        onEvent: (event) => {
          clearTimeout(watch)
          watch = window.setTimeout(() => controller.abort(), SILENCE_MS)
          this.alive()
          this.handle(event)
        },
      })
      if (status === 401 || status === 403) this.setState('signed-out')
    } finally {
      clearTimeout(watch)
    }
  }

  private alive(): void {
    this.heard = Date.now()
    this.failures = 0
    if (this.state !== 'live' && this.state !== 'stalled') this.setState('live')
  }

  private handle(event: SseEvent): void {
    if (event.event === 'reset' || event.event === 'bye') {
      // `bye`: rights changed or the session is over. A new snapshot asks again, and learns which.
      this.reset = true
      this.controller?.abort()
      return
    }
    if (event.event === 'time') this.setState((JSON.parse(event.data) as Tick).stalled ? 'stalled' : 'live')
    applyEvent(this.store, event)
    this.onEvent(event)
  }

  private setState(state: FeedState): void {
    if (this.state === state) return
    this.state = state
    this.onState(state)
  }
}

/** Apply one event of the stream to a store; the tab that reads the stream and those that hear of it do the same. */
export function applyEvent(store: LiveStore, event: SseEvent): void {
  if (event.event === 'entry') store.applyEntry(JSON.parse(event.data) as Entry)
  // Rows changed by an entry that is not this viewer's to read.
  else if (event.event === 'rows')
    store.applyRows((JSON.parse(event.data) as Pick<Entry, 'seq' | 'rows'>).rows)
  else if (event.event === 'values') store.applyValues(JSON.parse(event.data) as Values)
  else if (event.event === 'time' || event.event === 'hello') store.applyTick(JSON.parse(event.data) as Tick)
}

function isSignedOut(error: unknown): boolean {
  const status = (error as { problem?: { status?: number } }).problem?.status
  return status === 401 || status === 403
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
