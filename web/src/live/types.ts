/** What travels on the stream. Rows have the shapes of the API's schema. */
import type {
  AlertRow,
  ApprovalRow,
  CaseRow,
  DeclarationRow,
  IncidentRow,
  ProposalRow,
  ResponseRow,
  ShiftRow,
  WarningRow,
} from '@/api/schema'

export interface Rows {
  alert: AlertRow
  incident: IncidentRow
  case: CaseRow
  proposal: ProposalRow
  declaration: DeclarationRow
  approval: ApprovalRow
  warning: WarningRow
  response: ResponseRow
  shift: ShiftRow
}
export type RowKind = keyof Rows
export const ROW_KINDS: readonly RowKind[] = [
  'alert',
  'incident',
  'case',
  'proposal',
  'declaration',
  'approval',
  'warning',
  'response',
  'shift',
]

export interface Snapshot {
  gen: string
  seq: number
  clock: { now: string; rate: number }
  rows: { [K in RowKind]: Rows[K][] }
}

/** One journal entry, and the rows it changed as they are now. */
export interface Entry {
  seq: number
  id: number
  at: string
  kind: string
  subject: string
  area: string
  actor: string
  payload: Record<string, unknown>
  cause: number | null
  label_zh: string
  label_en: string
  text_zh: string
  text_en: string
  /** null: the row is no longer for this viewer. */
  rows: Record<string, Rows[RowKind] | null>
}

/** The newest value of each stream that had one: [stream id, value, epoch ms]. */
export interface Values {
  now: string
  s: [number, number, number][]
}

export interface Tick {
  now: string
  seq: number
  rate: number
  stalled?: boolean
}

export interface PointTable {
  ids: number[]
  codes: string[]
  assets: (string | null)[]
  lon: number[]
  lat: number[]
  quantity: string[]
  unit: string[]
  every_s: number[]
  value: (number | null)[]
  at_ms: (number | null)[]
}
