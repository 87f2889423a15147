/** The parameters of an algorithm: which kind of field each is, and which of them is the limit that decides. Pure. */
import type { PresetOut, VideoEventOut } from '@/api/schema'

export type Value = boolean | number | string
export interface Field {
  key: string
  kind: 'flag' | 'choice' | 'number'
  suggested: Value
  of: readonly string[]
  step: number
  unit: 's' | 'share' | 'level' | 'count' | ''
}

const CHOICES: Record<string, readonly string[]> = {
  evidence: ['none', 'new', 'new_and_end', 'sequence'],
  direction: ['both', 'in', 'out'],
  unit: ['per_m2', 'share'],
  by: ['any', 'heat', 'points', 'boxes'],
}
const SECONDS = new Set([
  'stay',
  'cadence',
  'hold_on',
  'hold_off',
  'flicker',
  'unseen_after',
  'report',
  'window',
  'people_for',
])
const SHARES = new Set(['same', 'share', 'score', 'band', 'min_height', 'min_area', 'max_area', 'person_share', 'filled', 'min_score']) // prettier-ignore
const COUNTS = new Set(['at_least', 'k', 'n'])

/** Those that decide come first, then how long, then how often it looks and what it keeps. */
const ORDER = [
  'at_least', 'threshold', 'unit', 'share', 'stay', 'score', 'k', 'n', 'direction', 'window', 'wider_than',
  'still', 'same', 'filled', 'boxes', 'min_height', 'min_area', 'max_area', 'band',
  'hold_on', 'hold_off', 'flicker', 'unseen_after', 'cadence', 'report', 'severity', 'evidence',
] // prettier-ignore

export function fieldsOf(preset: Pick<PresetOut, 'settings'>): Field[] {
  const place = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length)
  return Object.entries(preset.settings)
    .map(([key, suggested]): Field => {
      const kind =
        typeof suggested === 'boolean' ? 'flag' : typeof suggested === 'string' ? 'choice' : 'number'
      const unit = SECONDS.has(key) ? 's' : SHARES.has(key) ? 'share' : COUNTS.has(key) ? 'count' : key === 'severity' ? 'level' : '' // prettier-ignore
      const step = unit === 'share' ? 0.01 : unit === 'count' || unit === 'level' ? 1 : unit === 's' ? 1 : 0.1
      return { key, kind, suggested, unit, step, of: CHOICES[key] ?? [String(suggested)] }
    })
    .sort((a, b) => place(a.key) - place(b.key) || (a.key < b.key ? -1 : 1))
}

/** What is to be kept: only what differs from the suggestion, so that a better suggestion reaches those who left it. */
export function changed(
  fields: readonly Field[],
  values: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const known = new Map(fields.map((field) => [field.key, field.suggested]))
  return Object.fromEntries(
    Object.entries(values).filter(
      ([key, value]) => value !== '' && !(known.has(key) && known.get(key) === value) && !Number.isNaN(value),
    ),
  )
}

/** The parameter that decides whether something is told of, and what it is held against. */
export function limitOf(primitive: string): { key: string; of: 'peak' | 'duration' } | null {
  if (primitive === 'occupancy' || primitive === 'line_crossing') return { key: 'at_least', of: 'peak' }
  if (primitive === 'density') return { key: 'threshold', of: 'peak' }
  if (primitive === 'area_fraction') return { key: 'share', of: 'peak' }
  if (primitive === 'label_vote') return { key: 'score', of: 'peak' }
  if (primitive === 'dwell' || primitive === 'left_object') return { key: 'stay', of: 'duration' }
  return null
}

/** Seconds that an event lasted, or has lasted by now. */
export const lasted = (event: Pick<VideoEventOut, 'start' | 'end'>, now: number): number =>
  Math.max(0, ((event.end ? Date.parse(event.end) : now) - Date.parse(event.start)) / 1000)

/** How many of these events reach a limit; those that were never told of under the present one cannot be among them. */
export function reaching(
  events: readonly Pick<VideoEventOut, 'start' | 'end' | 'peak'>[],
  limit: number,
  of: 'peak' | 'duration',
  now: number,
): number {
  return events.filter((event) => (of === 'peak' ? event.peak : lasted(event, now)) >= limit).length
}

/** How many of the minutes that are known reach a limit at their highest, and how many are known. */
export function minutesOver(
  series: readonly (number | null)[],
  limit: number,
): { over: number; known: number } {
  const known = series.filter((value) => value !== null)
  return { over: known.filter((value) => value >= limit).length, known: known.length }
}

/** A code for a new binding that the server takes: CAMERA-ALGORITHM, with a number where that is taken. */
export function bindingCode(camera: string, preset: string, taken: readonly string[]): string {
  const base = `${camera}-${preset}`
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '-')
    .slice(0, 36)
  if (!taken.includes(base)) return base
  for (let n = 2; ; n++) if (!taken.includes(`${base}-${n}`)) return `${base}-${n}`
}
