import { describe, expect, it } from 'vitest'

import { TapePlayer, type TapeFrame, type TapePiece, type TapeSource, type TapeState } from './tape'
import type { Entry, PointTable, RowKind } from './types'
import { ROW_KINDS } from './types'

const T0 = Date.parse('2023-12-31T10:00:00Z')
const MIN = 60_000
const iso = (minute: number): string => new Date(T0 + minute * MIN).toISOString()

const table: PointTable = {
  ids: [7], codes: ['a'], assets: [null], lon: [1], lat: [2], quantity: ['q'], unit: ['1'], every_s: [60], value: [99], at_ms: [1],
} // prettier-ignore

/** An alert opens at minute 10 and is closed at minute 20; a value each 5 minutes. */
function entry(seq: number, minute: number, state: string): TapeFrame {
  const row = { id: 1, state } as never
  const one = {
    seq,
    id: seq,
    at: iso(minute),
    kind: 'alert.x',
    subject: 'alert:1',
    rows: { 'alert:1': row },
  } as unknown as Entry
  return { at: iso(minute), entry: one, rows: null, values: null }
}
const FRAMES: TapeFrame[] = [entry(1, 10, 'open'), entry(2, 20, 'closed')]
for (let minute = 5; minute <= 60; minute += 5)
  FRAMES.push({
    at: iso(minute),
    entry: null,
    rows: null,
    values: { ids: [7], value: [minute], at_ms: [T0 + minute * MIN] },
  })
FRAMES.sort((a, b) => a.at.localeCompare(b.at))

class Recording implements TapeSource {
  pieces = 0

  state = (at: string): Promise<TapeState> => {
    const rows = Object.fromEntries(ROW_KINDS.map((kind) => [kind, []])) as unknown as Record<
      RowKind,
      unknown[]
    >
    const before = FRAMES.filter((frame) => frame.entry && frame.at <= at)
    const last = before.at(-1)?.entry
    if (last) rows.alert = Object.values(last.rows)
    return Promise.resolve({
      gen: 'tape', seq: last?.seq ?? 0, clock: { now: at, rate: 0 }, rows, values: { ids: [], value: [], at_ms: [] }, values_from: 'minutes',
    } as unknown as TapeState) // prettier-ignore
  }

  /** Pieces of fifteen minutes. */
  piece = (since: string, until: string): Promise<TapePiece> => {
    this.pieces++
    const end = Math.min(Date.parse(since) + 15 * MIN, Date.parse(until))
    const frames = FRAMES.filter((frame) => frame.at > since && Date.parse(frame.at) <= end)
    const more = end < Date.parse(until)
    return Promise.resolve({
      until: new Date(end).toISOString(),
      next: more ? new Date(end).toISOString() : null,
      frames,
    })
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

async function player(source = new Recording()) {
  const made = new TapePlayer(source, T0, T0 + 60 * MIN, table, (run) => run())
  await made.seek(T0)
  made.playing = true
  return made
}
const state = (tape: TapePlayer): string | undefined => tape.store.one('alert', 1)?.state

describe('a recorded night', () => {
  it('happens in order, at the chosen speed', async () => {
    const tape = await player()
    tape.speed = 60
    tape.tick(9_000)
    expect(tape.now).toBe(T0 + 9 * MIN)
    expect(state(tape)).toBeUndefined()
    tape.tick(2_000)
    expect(state(tape)).toBe('open')
    expect(tape.store.points.value[0]).toBe(10)
  })

  it('begins with no values rather than with those of today', async () => {
    const tape = await player()
    expect(tape.store.points.value[0]).toBeNaN()
  })

  it('waits at the end of what has come, and goes on when more is there', async () => {
    const source = new Recording()
    const tape = await player(source)
    tape.speed = 600
    tape.tick(10_000)
    expect(tape.now).toBe(T0 + 15 * MIN)
    await settled()
    tape.tick(10_000)
    expect(tape.now).toBe(T0 + 30 * MIN)
    expect(state(tape)).toBe('closed')
    for (let n = 0; n < 5; n++) {
      await settled()
      tape.tick(10_000)
    }
    expect(tape.ended).toBe(true)
    expect(tape.playing).toBe(false)
    expect(source.pieces).toBe(4)
  })

  it('jumps back as well as forth, and is then as it was then', async () => {
    const tape = await player()
    await tape.seek(T0 + 40 * MIN)
    expect(state(tape)).toBe('closed')
    await tape.seek(T0 + 12 * MIN)
    expect(state(tape)).toBe('open')
    expect(tape.store.clock.now()).toBe(T0 + 12 * MIN)
    tape.speed = 1
    tape.tick(1000)
    expect(tape.now).toBe(T0 + 12 * MIN + 1000)
  })

  it('is where the last jump went, whichever answer came first', async () => {
    const source = new Recording()
    const slow = source.state
    let release = (): void => undefined
    source.state = async (at) => {
      if (at === iso(40)) await new Promise<void>((resolve) => (release = resolve))
      return slow(at)
    }
    const tape = await player(source)
    const first = tape.seek(T0 + 40 * MIN)
    await tape.seek(T0 + 12 * MIN)
    release()
    await first
    expect(tape.now).toBe(T0 + 12 * MIN)
    expect(state(tape)).toBe('open')
  })

  it('stands still when it does not play', async () => {
    const tape = await player()
    tape.playing = false
    tape.tick(5000)
    expect(tape.now).toBe(T0)
  })
})
