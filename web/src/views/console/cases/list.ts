/** What the list of cases shows: which view, narrowed how, in which order. Pure; the address holds all of it. */
import type { CaseRow } from '@/api/schema'

/** Queues that the server keeps: it reads them off the workflow, so that a workflow of one's own has them too. */
export const QUEUES = [
  'to_file',
  'to_dispatch',
  'to_sign',
  'to_check',
  'to_close',
  'to_call_back',
  'due_soon',
  'overdue',
] as const
export type Queue = (typeof QUEUES)[number]
/** `open` and `mine` come from what is live, `closed` and the queues from the server. */
export const VIEWS = ['open', 'mine', ...QUEUES, 'closed'] as const
export type View = (typeof VIEWS)[number]

export interface Filters {
  view: View
  kind: string
  text: string
  urgent: boolean
}

/** What both a live row and a fetched one say of a case. */
export interface Listed {
  id: number
  kind: string
  kind_zh: string
  kind_en: string
  state: string
  state_zh: string
  state_en: string
  open: boolean
  area: string
  area_zh: string
  area_en: string
  source: string
  urgent: boolean
  post: string
  post_zh: string
  post_en: string
  reported_at: string
  due_at: string | null
  closed_at: string | null
  reports: number
  returns: number
}

type Query = Record<string, unknown>
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
export const isQueue = (view: View): view is Queue => (QUEUES as readonly string[]).includes(view)

export function filtersOf(query: Query): Filters {
  const wanted = text(query.queue)
  return {
    view: (VIEWS as readonly string[]).includes(wanted) ? (wanted as View) : 'open',
    kind: text(query.kind),
    text: text(query.q),
    urgent: query.urgent === '1',
  }
}

export function queryOf(filters: Filters): Record<string, string> {
  const query: Record<string, string> = {}
  if (filters.view !== 'open') query.queue = filters.view
  if (filters.kind) query.kind = filters.kind
  if (filters.text) query.q = filters.text
  if (filters.urgent) query.urgent = '1'
  return query
}

/** Fetched rows, each replaced by the live one where there is one: that is newer. */
export function merge(fetched: readonly Listed[], live: ReadonlyMap<number, Listed>): Listed[] {
  return fetched.map((row) => live.get(row.id) ?? row)
}

/** Whether a post has to work on a case: it answers for it, or it was given to it. */
export const isMine = (row: CaseRow, posts: readonly string[]): boolean =>
  row.open && (posts.includes(row.post) || row.assigned.some((code) => posts.includes(code)))

const SOON_MS = 30 * 60_000

/** Whether a row is in a view, as far as rows alone can tell; null where only the server knows (queues of a workflow). */
export function inView(row: CaseRow, view: View, posts: readonly string[], now: number): boolean | null {
  if (view === 'open') return row.open
  if (view === 'closed') return !row.open
  if (view === 'mine') return isMine(row, posts)
  const left = row.open && row.due_at ? Date.parse(row.due_at) - now : null
  if (view === 'overdue') return left !== null && left <= 0
  if (view === 'due_soon') return left !== null && left > 0 && left <= SOON_MS
  return null
}

/** What can be shown of a recorded night. */
export const REPLAY_VIEWS: readonly View[] = ['open', 'mine', 'due_soon', 'overdue', 'closed']

export function narrow(rows: readonly Listed[], filters: Filters): Listed[] {
  const wanted = filters.text.trim().toLowerCase().replace(/^#/, '')
  return rows.filter(
    (row) =>
      (!filters.kind || row.kind === filters.kind) &&
      (!filters.urgent || row.urgent) &&
      (!wanted ||
        String(row.id) === wanted ||
        [
          row.kind_zh,
          row.kind_en,
          row.area_zh,
          row.area_en,
          row.area,
          row.post,
          row.post_zh,
          row.post_en,
          row.state_zh,
          row.state_en,
        ].some((word) => word.toLowerCase().includes(wanted))),
  )
}

/** Open cases: the clock that ran out longest ago first, then the next to run out, then those without a clock, newest first. */
export function order(rows: readonly Listed[]): Listed[] {
  const due = (row: Listed): number => (row.open && row.due_at ? Date.parse(row.due_at) : Infinity)
  return [...rows].sort((a, b) => {
    const first = due(a)
    const second = due(b)
    if (first !== second) return first - second
    if (a.urgent !== b.urgent) return a.urgent ? -1 : 1
    return b.id - a.id
  })
}

export const isLate = (row: Listed, now: number): boolean =>
  row.open && row.due_at !== null && Date.parse(row.due_at) < now

/** How many of what is live are in the views that are read from it. */
export function liveCounts(
  rows: readonly CaseRow[],
  posts: readonly string[],
): { open: number; mine: number } {
  let open = 0
  let mine = 0
  for (const row of rows) {
    if (!row.open) continue
    open++
    if (isMine(row, posts)) mine++
  }
  return { open, mine }
}
