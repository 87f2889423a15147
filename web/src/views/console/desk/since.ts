/** What has come and gone since a record was drafted, read off what is live. Pure. */
import type { CaseRow, IncidentRow } from '@/api/schema'

export type Change =
  { what: 'case' | 'closed'; at: number; row: CaseRow } | { what: 'incident'; at: number; row: IncidentRow }

export function sinceDraft(
  drafted: number,
  cases: readonly CaseRow[],
  incidents: readonly IncidentRow[],
): Change[] {
  const found: Change[] = []
  for (const row of cases) {
    const reported = Date.parse(row.reported_at)
    const closed = row.closed_at ? Date.parse(row.closed_at) : 0
    if (reported > drafted && row.open) found.push({ what: 'case', at: reported, row })
    else if (closed > drafted && reported <= drafted) found.push({ what: 'closed', at: closed, row })
  }
  for (const row of incidents) {
    const opened = Date.parse(row.opened_at)
    if (opened > drafted && row.state === 'open') found.push({ what: 'incident', at: opened, row })
  }
  return found.sort((a, b) => b.at - a.at)
}
