/** What the sensors behind a case say now, before anybody tries to close it. Pure. */
import type { AlertRow } from '@/api/schema'

export type Says = 'raised' | 'cleared' | 'closed'
/** `unknown`: its alerts are closed and nothing live tells; the server asks the sensor itself. */
export type Verdict = 'none' | 'disagrees' | 'fine' | 'unknown'

type Alert = Pick<AlertRow, 'state' | 'cleared_at'>

export const saysOf = (alert: Alert): Says =>
  alert.state === 'closed' ? 'closed' : alert.cleared_at || alert.state === 'cleared' ? 'cleared' : 'raised'

export function verdictOf(linked: number, alerts: readonly Alert[]): Verdict {
  if (linked === 0) return 'none'
  const said = alerts.map(saysOf)
  if (said.includes('raised')) return 'disagrees'
  return said.length === linked && said.every((one) => one === 'cleared') ? 'fine' : 'unknown'
}
