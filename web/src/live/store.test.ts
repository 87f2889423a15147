import { describe, expect, it } from 'vitest'

import { LiveStore } from './store'
import { ROW_KINDS, type Entry, type Snapshot } from './types'

const snapshot = (seq: number, alerts: object[] = []): Snapshot =>
  ({
    gen: 'g', seq, clock: { now: '2023-12-31T10:00:00Z', rate: 1 },
    rows: { ...Object.fromEntries(ROW_KINDS.map((kind) => [kind, []])), alert: alerts },
  }) as unknown as Snapshot // prettier-ignore
const entry = (seq: number, rows: object): Entry =>
  ({ seq, kind: 'alert.opened', subject: 'alert:1', rows }) as unknown as Entry

describe('LiveStore', () => {
  it('is what the snapshot said, and then what the entries changed', () => {
    const store = new LiveStore((run) => run())
    store.applySnapshot(snapshot(5, [{ id: 1, level: 3 }]))
    store.applyEntry(entry(6, { 'alert:1': { id: 1, level: 1 }, 'alert:2': { id: 2, level: 4 } }))
    expect(store.all('alert').map((row) => [row.id, row.level])).toEqual([[1, 1], [2, 4]]) // prettier-ignore
    expect(store.position).toBe('g-6')
  })

  it('applies no entry twice, and none from before its snapshot', () => {
    const store = new LiveStore((run) => run())
    store.applySnapshot(snapshot(5, [{ id: 1, level: 3 }]))
    expect(store.applyEntry(entry(5, { 'alert:1': { id: 1, level: 4 } }))).toBe(false)
    expect(store.applyEntry(entry(7, {}))).toBe(true)
    expect(store.applyEntry(entry(7, {}))).toBe(false)
    expect(store.one('alert', 1)?.level).toBe(3)
    expect(store.entries).toHaveLength(1)
  })

  it('lets go of a row that is no longer for the viewer', () => {
    const store = new LiveStore((run) => run())
    store.applySnapshot(snapshot(1, [{ id: 1 }]))
    store.applyEntry(entry(2, { 'alert:1': null }))
    expect(store.all('alert')).toEqual([])
  })

  it('moves on where the entries were hidden, so that nothing is asked for again', () => {
    const store = new LiveStore((run) => run())
    store.applySnapshot(snapshot(1))
    store.applyTick({ now: '2023-12-31T10:00:01Z', seq: 40, rate: 1 })
    expect(store.position).toBe('g-40')
  })

  it('tells of many changes once', () => {
    const queue: (() => void)[] = []
    const store = new LiveStore((run) => void queue.push(run))
    const heard: string[][] = []
    store.subscribe((changed) => heard.push([...changed]))
    store.applySnapshot(snapshot(1))
    store.applyEntry(entry(2, { 'alert:1': { id: 1 } }))
    store.applyEntry(entry(3, { 'alert:1': { id: 1 } }))
    queue.forEach((run) => run())
    expect(heard).toHaveLength(1)
    expect(heard[0]).toContain('alert')
  })
})
