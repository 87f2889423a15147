/** What the room must hear and read at once: the gravest of what nobody has acknowledged, and what is newly grave. Pure. */
import type { IncidentRow } from '@/api/schema'

import { GRAVE } from './flood'

export interface Alarm {
  /** The gravest unacknowledged incident. */
  gravest: IncidentRow | null
  /** How many alerts wait for notice. */
  loud: number
}

export function alarmOf(incidents: readonly IncidentRow[]): Alarm {
  let gravest: IncidentRow | null = null
  let loud = 0
  for (const row of incidents) {
    if (!row.open || row.unacknowledged === 0) continue
    loud += row.unacknowledged
    if (!gravest || row.level < gravest.level || (row.level === gravest.level && row.id > gravest.id))
      gravest = row
  }
  return { gravest, loud }
}

/** Levels I and II that were not told yet, or have become graver, or ask again. `told` remembers: incident -> level. */
export function newlyGrave(incidents: readonly IncidentRow[], told: Map<number, number>): IncidentRow[] {
  const fresh: IncidentRow[] = []
  for (const row of incidents) {
    if (!row.open || row.unacknowledged === 0) {
      told.delete(row.id)
    } else if (row.level <= GRAVE && row.level < (told.get(row.id) ?? 9)) {
      told.set(row.id, row.level)
      fresh.push(row)
    }
  }
  return fresh.sort((a, b) => a.level - b.level || b.id - a.id)
}
