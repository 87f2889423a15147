/**
 * Alarm flood after the practice of EEMUA 191 and ISA-18.2: more than ten new alarms in ten minutes at one seat are more than
 * a person can take in one by one. Then places and causes are counted instead. The limits are suggested values. Pure.
 */
import type { AlertRow } from '@/api/schema'

import type { Card } from './cards'
import { before } from './order'

export const WINDOW_MS = 600_000
export const LIMIT = 10
/** It is over when half of what began it is left, so that the view does not flap at the edge. */
export const CALM_SHARE = 0.5
/** Levels that are never folded into a count. */
export const GRAVE = 2

/** New alarms in the latest ten minutes that a person was asked to see. */
export function recent(alerts: readonly AlertRow[], now: number, windowMs = WINDOW_MS): number {
  let n = 0
  for (const alert of alerts) {
    const age = now - Date.parse(alert.opened_at)
    if (alert.hidden === '' && age >= 0 && age < windowMs) n++
  }
  return n
}

export interface Flood {
  flooding: boolean
  /** Whether the flood view is shown: by itself when a flood begins, until somebody leaves it. */
  shown: boolean
}
export const CALM: Flood = { flooding: false, shown: false }

export function judge(was: Flood, perSeat: number, limit = LIMIT): Flood {
  if (!was.flooding) return perSeat > limit ? { flooding: true, shown: true } : was
  return perSeat <= limit * CALM_SHARE ? CALM : was
}

export interface Group {
  key: string
  place: string
  kind: string
  /** Cards of levels I and II: each stands by itself. */
  grave: Card[]
  minor: Card[]
  level: number
  alerts: number
  loud: number
  latest: number
}

/** The place a flood is counted at: the second-level grid (or what else stands right under the district). */
export function placeOf(path: string): string {
  const steps = path.split('/').filter(Boolean)
  return steps[1] ?? steps[0] ?? ''
}

/** Cards by place and cause: the gravest first, then those that most ask for notice, then the newest. */
export function grouped(cards: readonly Card[]): Group[] {
  const groups = new Map<string, Group>()
  for (const card of [...cards].sort(before)) {
    const place = placeOf(card.row.path)
    const key = `${place}|${card.kind}`
    let group = groups.get(key)
    if (!group) {
      group = {
        key,
        place,
        kind: card.kind,
        grave: [],
        minor: [],
        level: card.level,
        alerts: 0,
        loud: 0,
        latest: 0,
      }
      groups.set(key, group)
    }
    ;(card.level <= GRAVE ? group.grave : group.minor).push(card)
    group.level = Math.min(group.level, card.level)
    group.alerts += card.row.alerts
    group.loud += card.loud
    group.latest = Math.max(group.latest, Date.parse(card.row.last_at ?? card.row.opened_at))
  }
  return [...groups.values()].sort(
    (a, b) => a.level - b.level || b.loud - a.loud || b.latest - a.latest || a.key.localeCompare(b.key),
  )
}

/** How many minor cards of each level a group folds away. */
export function folded(group: Group): [level: number, n: number][] {
  const counts = new Map<number, number>()
  for (const card of group.minor) counts.set(card.level, (counts.get(card.level) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => a - b)
}
