/** Which of what was fetched is out of date once something has happened. The stream tells; nothing polls hard. */
import type { QueryClient } from '@tanstack/vue-query'

import type { Entry } from '@/live/types'
import type { LiveStore } from '@/live/store'

/** Keys of queries begin with one of these; each lists the kinds of entries (by their first part) that change it. */
export const DEPENDS: Record<string, readonly string[]> = {
  desk: ['alert', 'case', 'posture', 'shift', 'handover', 'duty', 'warning', 'response', 'message'],
  queues: ['alert', 'case', 'posture', 'message'],
  case: ['case'],
  cases: ['case'],
  incident: ['alert', 'incident', 'case', 'posture'],
  alerts: ['alert'],
  // Looks are entries too: what shows none of them is not fetched again for each.
  cameras: ['video', 'binding'],
  camera: ['video', 'binding', 'alert'],
  bindings: ['video', 'binding'],
  precision: ['video', 'binding', 'alert'],
  posture: ['posture', 'warning', 'response'],
  shift: ['shift', 'handover', 'duty'],
  posts: ['duty', 'shift', 'posture', 'people'],
}
const GATHER_MS = 700

/**
 * Keeps queries fresh from a store's entries; returns how to stop. `anew` is called where a new snapshot came in place of
 * entries, as after a gap or with other rights.
 */
export function keepFresh(client: QueryClient, store: LiveStore, anew = (): void => undefined): () => void {
  let pending = new Set<string>()
  let timer = 0
  const flush = (): void => {
    timer = 0
    const kinds = pending
    pending = new Set()
    for (const [key, needs] of Object.entries(DEPENDS))
      if (needs.some((kind) => kinds.has(kind))) void client.invalidateQueries({ queryKey: [key] })
  }
  let first = true
  const leave = store.subscribe((changed) => {
    if (!changed.has('snapshot')) return
    if (!first) {
      // Nobody has told what happened meanwhile.
      for (const key of Object.keys(DEPENDS)) void client.invalidateQueries({ queryKey: [key] })
      anew()
    }
    first = false
  })
  const stop = store.onEntry((entry: Entry) => {
    pending.add(entry.kind.split(/[._]/, 1)[0]!)
    timer ||= window.setTimeout(flush, GATHER_MS)
  })
  return () => {
    stop()
    leave()
    clearTimeout(timer)
  }
}
