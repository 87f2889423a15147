/**
 * One stream per browser: tabs agree on one that reads it (a lock that ends with its tab) and tells the others.
 *
 * Browsers allow six connections per origin over HTTP/1.1; seven tabs with a stream each would leave none for clicks.
 */
import type { SseEvent } from '@/api/sse'

import { applyEvent, Feed, type FeedSource, type FeedState, type Relay } from './feed'
import { Points } from './points'
import type { LiveStore } from './store'

const NAME = 'chengyun-live'

export class SharedFeed {
  private feed: Feed | null = null
  private readonly channel: BroadcastChannel | null
  private release: (() => void) | null = null
  private stopped = false
  private values = 'all'
  heard = 0

  constructor(
    private readonly store: LiveStore,
    private readonly source: FeedSource,
    private readonly onState: (state: FeedState) => void,
    /** Tabs of another log-in must not hear this one. */
    private readonly who: string,
  ) {
    this.channel = 'BroadcastChannel' in window ? new BroadcastChannel(`${NAME}-${who}`) : null
    if (this.channel) this.channel.onmessage = (message: MessageEvent<Relay>) => this.hear(message.data)
  }

  async start(): Promise<void> {
    if (!this.channel || !navigator.locks) return this.lead()
    let leading = false
    void navigator.locks.request(`${NAME}-${this.who}`, async () => {
      if (this.stopped) return
      leading = true
      void this.lead()
      await new Promise<void>((resolve) => (this.release = resolve))
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    if (leading || this.stopped) return
    // Somebody else reads the stream. What stands now comes from a snapshot of one's own.
    try {
      this.store.applySnapshot(await this.source.snapshot())
      this.store.setPoints(new Points(await this.source.points()))
      this.onState('live')
    } catch {
      this.onState('connecting')
    }
  }

  /** What values this tab needs: all, none, or those of one area. */
  want(values: string): void {
    if (values === this.values) return
    this.values = values
    this.feed?.reopen()
  }

  stop(): void {
    this.stopped = true
    this.feed?.stop()
    this.release?.()
    this.channel?.close()
  }

  private async lead(): Promise<void> {
    this.feed = new Feed(
      this.store,
      this.source,
      () => `/api/live/stream?values=${encodeURIComponent(this.values)}`,
      (state) => {
        this.onState(state)
        this.post({ type: 'state', state, since: Date.now() })
      },
      (event) => {
        this.heard = Date.now()
        this.post({ type: 'event', event })
      },
    )
    await this.feed.run()
  }

  private hear(message: Relay): void {
    if (this.feed || this.stopped) return
    this.heard = Date.now()
    if (message.type === 'state') this.onState(message.state)
    else if (message.type === 'event') this.relayed(message.event)
  }

  private relayed(event: SseEvent): void {
    if (event.event === 'hello')
      void this.source.snapshot().then((snapshot) => this.store.applySnapshot(snapshot))
    else applyEvent(this.store, event)
  }

  private post(message: Relay): void {
    this.channel?.postMessage(message)
  }
}
