/**
 * What is going on, as the server told it: a snapshot, then numbered entries, each with the rows it changed.
 *
 * It does not know whether entries come from the stream or from a recorded night. No Vue in here: listeners hear which kinds
 * of rows changed, at most once a frame, and take what they need.
 */
import { BusinessClock } from './clock'
import { Points } from './points'
import {
  ROW_KINDS,
  type Entry,
  type RowKind,
  type Rows,
  type Snapshot,
  type Tick,
  type Values,
} from './types'

export type Topic = RowKind | 'entries' | 'points' | 'snapshot'
type Listener = (changed: ReadonlySet<Topic>) => void
type Tables = { [K in RowKind]: Map<number, Rows[K]> }

/** So many of the latest entries are kept for the ticker. */
const KEEP_ENTRIES = 300

const tables = (): Tables =>
  Object.fromEntries(ROW_KINDS.map((kind) => [kind, new Map()])) as unknown as Tables

export class LiveStore {
  readonly clock = new BusinessClock()
  gen = ''
  seq = 0
  entries: Entry[] = []
  points = Points.empty()
  private rows = tables()
  private readonly listeners = new Set<Listener>()
  private readonly entryListeners = new Set<(entry: Entry) => void>()
  private changed = new Set<Topic>()
  private scheduled = false

  /** `schedule` runs a function soon, once: the next frame in a browser. */
  constructor(private readonly schedule: (run: () => void) => void = (run) => void setTimeout(run, 16)) {}

  applySnapshot(snapshot: Snapshot): void {
    this.gen = snapshot.gen
    this.seq = snapshot.seq
    this.rows = tables()
    for (const kind of ROW_KINDS)
      for (const row of snapshot.rows[kind]) (this.rows[kind] as Map<number, Rows[RowKind]>).set(row.id, row)
    this.entries = []
    this.clock.tell(Date.parse(snapshot.clock.now), snapshot.clock.rate)
    for (const topic of [...ROW_KINDS, 'entries', 'snapshot'] as const) this.touch(topic)
  }

  /** Apply an entry; one that was applied before changes nothing. Returns whether it was new. */
  applyEntry(entry: Entry): boolean {
    if (entry.seq <= this.seq) return false
    this.seq = entry.seq
    this.applyRows(entry.rows)
    this.entries.push(entry)
    if (this.entries.length > KEEP_ENTRIES) this.entries.splice(0, this.entries.length - KEEP_ENTRIES)
    this.touch('entries')
    for (const listener of this.entryListeners) listener(entry)
    return true
  }

  /** Put rows in place of what is known of their subjects; null takes one away. */
  applyRows(rows: Entry['rows']): void {
    for (const [subject, row] of Object.entries(rows)) {
      const [kind, id] = subject.split(':') as [RowKind, string]
      const table = this.rows[kind] as Map<number, Rows[RowKind]> | undefined
      if (!table) continue
      if (row === null) table.delete(Number(id))
      else table.set(row.id, row)
      this.touch(kind)
    }
  }

  applyValues(values: Values): void {
    this.clock.tell(Date.parse(values.now), this.clock.speed)
    this.points.take(values.s)
    this.touch('points')
  }

  applyTick(tick: Tick): void {
    this.clock.tell(Date.parse(tick.now), tick.rate)
    // Entries that are hidden from this viewer count too: a later resume need not ask for them again.
    if (tick.seq > this.seq) this.seq = tick.seq
  }

  setPoints(points: Points): void {
    this.points = points
    this.touch('points')
  }

  /** Where to go on after a break. */
  get position(): string | null {
    return this.gen ? `${this.gen}-${this.seq}` : null
  }

  all<K extends RowKind>(kind: K): Rows[K][] {
    return [...this.rows[kind].values()]
  }

  one<K extends RowKind>(kind: K, id: number): Rows[K] | undefined {
    return this.rows[kind].get(id)
  }

  /** Hear of changes, gathered per frame. Returns how to stop. */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /** Hear each new entry at once, in order (sound, invalidation of what was fetched). Returns how to stop. */
  onEntry(listener: (entry: Entry) => void): () => void {
    this.entryListeners.add(listener)
    return () => void this.entryListeners.delete(listener)
  }

  private touch(topic: Topic): void {
    this.changed.add(topic)
    if (this.scheduled) return
    this.scheduled = true
    this.schedule(() => {
      this.scheduled = false
      const changed = this.changed
      this.changed = new Set()
      for (const listener of this.listeners) listener(changed)
    })
  }
}
