/**
 * Plays a recorded night into a store of its own: the pages cannot tell it from what is live, but for the frame around them.
 *
 * The server gives how it stood at a moment and, from there, pieces of what happened. Time moves by `tick`; nothing in here
 * looks at a clock, so that a test can be a night long.
 */
import { Points } from './points'
import { LiveStore } from './store'
import type { Entry, PointTable, Snapshot } from './types'

interface Columns {
  ids: number[]
  value: number[]
  at_ms: number[]
}
export interface TapeState extends Snapshot {
  values: Columns
  values_from: 'observations' | 'minutes' | 'none'
}
export interface TapeFrame {
  at: string
  entry: Entry | null
  rows: Entry['rows'] | null
  values: Columns | null
}
export interface TapePiece {
  until: string
  next: string | null
  frames: TapeFrame[]
}
export interface TapeSource {
  state: (at: string) => Promise<TapeState>
  piece: (since: string, until: string) => Promise<TapePiece>
}

export const SPEEDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600] as const
/** Fetch the next piece when less than this of real time is left in what is there. */
const AHEAD_MS = 4000

export class TapePlayer {
  readonly store: LiveStore
  speed = 60
  playing = false
  /** Waiting for the server: time stands meanwhile. */
  loading = false
  valuesFrom: TapeState['values_from'] = 'none'
  private at: number
  private frames: TapeFrame[] = []
  private place = 0
  /** Up to when frames are there (epoch ms), and from where the next piece begins; null at the end. */
  private covered = 0
  private next: string | null = null
  private asked = 0
  private fetching = false

  constructor(
    private readonly source: TapeSource,
    readonly since: number,
    readonly until: number,
    private readonly table: PointTable,
    schedule?: (run: () => void) => void,
  ) {
    this.store = new LiveStore(schedule)
    this.at = since
  }

  get now(): number {
    return this.at
  }

  get ended(): boolean {
    return this.at >= this.until
  }

  /** Go to a moment; what was on its way for another is dropped. Rejects with the server's refusal. */
  async seek(at: number): Promise<void> {
    const mine = ++this.asked
    const target = Math.min(Math.max(at, this.since), this.until)
    this.loading = true
    try {
      const moment = new Date(target).toISOString()
      const state = await this.source.state(moment)
      if (mine !== this.asked) return
      this.at = target
      this.valuesFrom = state.values_from
      this.store.applySnapshot(state)
      const points = new Points(this.table)
      points.clear()
      points.take(zipped(state.values))
      this.store.setPoints(points)
      this.store.clock.set(target, 0)
      this.frames = []
      this.place = 0
      this.covered = target
      this.next = moment
      await this.fetch(mine)
    } finally {
      if (mine === this.asked) this.loading = false
    }
  }

  /** `real` ms have gone by: move on at the chosen speed, as far as the tape is there. */
  tick(real: number): void {
    if (!this.playing || this.loading) return
    const wanted = Math.min(this.at + real * this.speed, this.until)
    const to = this.next === null ? wanted : Math.min(wanted, this.covered)
    this.advance(to)
    if (this.next !== null && this.covered - this.at < AHEAD_MS * this.speed) void this.fetch(this.asked)
    if (this.ended) this.playing = false
  }

  private advance(to: number): void {
    while (this.place < this.frames.length && Date.parse(this.frames[this.place]!.at) <= to) {
      const frame = this.frames[this.place++]!
      if (frame.entry) this.store.applyEntry(frame.entry)
      if (frame.rows) this.store.applyRows(frame.rows)
      if (frame.values) this.store.applyValues({ now: frame.at, s: zipped(frame.values) })
    }
    this.at = to
    this.store.clock.set(to, 0)
  }

  private async fetch(mine: number): Promise<void> {
    if (this.next === null || this.fetching) return
    this.fetching = true
    try {
      const piece = await this.source.piece(this.next, new Date(this.until).toISOString())
      if (mine !== this.asked) return
      this.frames = [...this.frames.slice(this.place), ...piece.frames]
      this.place = 0
      this.next = piece.next
      this.covered = Date.parse(piece.until)
    } catch (error) {
      if (mine === this.asked) {
        this.playing = false
        throw error
      }
    } finally {
      this.fetching = false
    }
    // Somebody has gone elsewhere while this piece was on its way: theirs was not asked for yet.
    if (mine !== this.asked) await this.fetch(this.asked)
  }
}

const zipped = (columns: Columns): [number, number, number][] =>
  columns.ids.map((id, place) => [id, columns.value[place]!, columns.at_ms[place]!])
