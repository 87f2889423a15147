/** From rows to cards: one incident, one card. Pure. */
import type { AlertRow, CaseRow, IncidentRow } from '@/api/schema'

export type Hidden = Exclude<AlertRow['hidden'], ''>
export const HIDDEN: readonly Hidden[] = ['shelved', 'suppressed', 'out_of_service']

/** What an incident wants of people: to be noticed, to be worked on, or only to be watched until it ends by itself. */
export type CardState = 'unacknowledged' | 'acknowledged' | 'settling' | 'ended'
/** What the list can be narrowed to; whether it is so has yet to be said of some in any state. */
export type StateFilter = CardState | 'to_judge'
export const STATES: readonly StateFilter[] = ['unacknowledged', 'to_judge', 'acknowledged', 'settling']

export interface Card {
  id: number
  row: IncidentRow
  state: CardState
  level: number
  /** How many of its alerts ask for notice. */
  loud: number
  /** Of how many nobody has said yet whether they are true: counted as the queue on the desk counts. */
  unjudged: number
  /** What it is about: the cause that its rules name. */
  kind: string
  /** Its open alerts, the gravest first. */
  alerts: AlertRow[]
  /** What names its place: grouped at the district, it is still where its alerts are, if that is one place. */
  at: IncidentRow | AlertRow
  /** The alert whose number stands on the card. */
  main: AlertRow | undefined
  /** Where the gravest of it is called otherwise than what it began as: that other name comes first. */
  named: { name_zh: string; name_en: string }
  cases: CaseRow[]
  /** Why nobody is asked to look at it now: all that is open in it is hidden for a stated reason. */
  hidden: Hidden | ''
  /** How many of its open alerts are hidden, by reason. */
  quiet: Partial<Record<Hidden, number>>
}

const bySeverity = (a: AlertRow, b: AlertRow): number => a.level - b.level || a.id - b.id

export function kindOf(cause: string): string {
  return cause.split('@', 1)[0]!
}

function gathered<T extends { incident: number | null }>(rows: readonly T[]): Map<number, T[]> {
  const found = new Map<number, T[]>()
  for (const row of rows) {
    if (row.incident === null) continue
    const list = found.get(row.incident)
    if (list) list.push(row)
    else found.set(row.incident, [row])
  }
  return found
}

/** The alert that says best what is the matter: the gravest that is not hidden, one with a number before one without. */
export function mainAlert(alerts: readonly AlertRow[]): AlertRow | undefined {
  const shown = alerts.filter((alert) => alert.hidden === '')
  const pool = shown.length ? shown : alerts
  const gravest = pool.filter((alert) => alert.level === pool[0]!.level)
  return gravest.find((alert) => alert.measure !== null && alert.unit !== null) ?? gravest[0]
}

/** An alert that asks for notice: nobody has acknowledged it, and it is not hidden for a stated reason. */
export const isLoud = (alert: AlertRow): boolean =>
  alert.open && alert.hidden === '' && (alert.state === 'unacknowledged' || alert.state === 'cleared')

/** `noticed`: alerts that were acknowledged here and whose answer is still on its way. */
export function cardsOf(
  incidents: readonly IncidentRow[],
  alerts: readonly AlertRow[],
  cases: readonly CaseRow[],
  noticed: ReadonlySet<number> = new Set(),
): Card[] {
  const open = gathered(alerts.filter((alert) => alert.open))
  const filed = gathered(cases)
  return incidents.map((row) => {
    const own = (open.get(row.id) ?? []).sort(bySeverity)
    const quiet: Card['quiet'] = {}
    for (const alert of own) if (alert.hidden) quiet[alert.hidden] = (quiet[alert.hidden] ?? 0) + 1
    const reasons = HIDDEN.filter((reason) => quiet[reason])
    const answered = own.filter((alert) => noticed.has(alert.id) && isLoud(alert)).length
    const loud = Math.max(0, row.unacknowledged - answered)
    const main = mainAlert(own)
    const allHidden = own.length > 0 && own.every((alert) => alert.hidden !== '')
    return {
      id: row.id,
      row,
      state: !row.open ? 'ended' : loud > 0 ? 'unacknowledged' : own.length ? 'acknowledged' : 'settling',
      level: row.level,
      loud,
      unjudged: own.filter((alert) => alert.hidden === '' && alert.verdict === null).length,
      kind: kindOf(row.cause),
      alerts: own,
      at: new Set(own.map((alert) => alert.area)).size === 1 ? own[0]! : row,
      main,
      named: main ?? row,
      cases: (filed.get(row.id) ?? []).sort((a, b) => Number(b.open) - Number(a.open) || b.id - a.id),
      hidden: allHidden ? reasons[0]! : '',
      quiet,
    }
  })
}

export interface Filters {
  levels: ReadonlySet<number>
  state: StateFilter | null
  kind: string | null
  /** null: what is not hidden. */
  hidden: Hidden | null
}
export const NO_FILTERS: Filters = { levels: new Set(), state: null, kind: null, hidden: null }

/** Open cards that a filter lets through; hidden ones only where they were asked for. */
export function filtered(cards: readonly Card[], filters: Filters): Card[] {
  return cards.filter(
    (card) =>
      card.state !== 'ended' &&
      (filters.hidden === null ? card.hidden === '' : (card.quiet[filters.hidden] ?? 0) > 0) &&
      (filters.levels.size === 0 || filters.levels.has(card.level)) &&
      (filters.state === null ||
        (filters.state === 'to_judge' ? card.unjudged > 0 : card.state === filters.state)) &&
      (filters.kind === null || card.kind === filters.kind),
  )
}

/** How many open alerts are out of the list, by reason: what is hidden is counted, never forgotten. */
export function hiddenCounts(alerts: readonly AlertRow[]): Record<Hidden, number> {
  const counts = { shelved: 0, suppressed: 0, out_of_service: 0 }
  for (const alert of alerts) if (alert.open && alert.hidden) counts[alert.hidden]++
  return counts
}
