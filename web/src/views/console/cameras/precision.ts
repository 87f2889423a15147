/** Precision as it is said: how many of how many, with the interval, and never a share alone. Pure. */
import type { CameraShare, PrecisionRow } from '@/api/schema'

export type Sort = 'worst' | 'best' | 'most' | 'camera'
export const SORTS: readonly Sort[] = ['worst', 'best', 'most', 'camera']

/** `86%`; nothing known is told as null, never as 0 %. */
export const percent = (share: number | null): string | null =>
  share === null ? null : `${Math.round(share * 100)}%`

export interface Said {
  of: string
  share: string
  interval: string
}

/** `12/14`, `86%`, `60%–96%`; null where nobody has judged any. */
export function said(one: Pick<CameraShare, 'judged' | 'true' | 'share' | 'low' | 'high'>): Said | null {
  if (one.judged === 0 || one.share === null || one.low === null || one.high === null) return null
  return {
    of: `${one.true}/${one.judged}`,
    share: percent(one.share)!,
    interval: `${percent(one.low)}–${percent(one.high)}`,
  }
}

/** So few that the interval is wider than half of everything: the share says next to nothing. */
export const isThin = (one: Pick<CameraShare, 'low' | 'high'>): boolean =>
  one.low !== null && one.high !== null && one.high - one.low > 0.5

/**
 * Worst first goes by the upper end of the interval: one false alarm of one is no proof, thirty of thirty are. Best first by
 * the lower end, for the same reason. Those that nobody judged come last either way.
 */
export function sorted(rows: readonly PrecisionRow[], by: Sort): PrecisionRow[] {
  const key = (row: PrecisionRow): number => {
    if (row.judged === 0) return Infinity
    if (by === 'worst') return row.high ?? Infinity
    if (by === 'best') return -(row.low ?? 0)
    return by === 'most' ? -row.judged : 0
  }
  const name = (row: PrecisionRow): string => `${row.camera} ${row.preset}`
  return [...rows].sort((a, b) => {
    const [first, second] = by === 'camera' ? [0, 0] : [key(a), key(b)]
    if (first !== second) return first - second
    return name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0
  })
}

const cell = (value: string | number | null | undefined): string => {
  const text = value === null || value === undefined ? '' : String(value)
  // A sheet takes what begins so for a formula.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The table as a sheet reads it: numbers as they are, the interval in two columns. */
export function csv(rows: readonly PrecisionRow[], head: readonly string[]): string {
  const lines = rows.map((row) =>
    [
      row.camera,
      row.binding,
      row.preset,
      row.true,
      row.judged,
      row.share?.toFixed(4),
      row.low?.toFixed(4),
      row.high?.toFixed(4),
      row.duplicate,
      row.nothing_to_do,
      row.open,
      row.since,
    ]
      .map(cell)
      .join(','),
  )
  return [head.map(cell).join(','), ...lines].join('\r\n') + '\r\n'
}
