/** What a declaration would change, in groups that a person reads: thresholds, clocks, who is told, posts. Pure. */
import type { DifferenceOut } from '@/api/schema'

export const SECTIONS = ['thresholds', 'clocks', 'routes', 'posts', 'patrol', 'positions', 'map'] as const
export type Section = (typeof SECTIONS)[number]

export interface Change {
  /** What it is about: a rule, a post, a clock. */
  name: string
  /** Which of its values: `1 set`, `factor`. */
  detail: string
  before: string | null
  after: string | null
}

/** Group the differences by the first part of their keys: `thresholds.crowd-core-total.1.set`. Others are left out. */
export function grouped(changes: readonly DifferenceOut[]): Map<Section, Change[]> {
  const found = new Map<Section, Change[]>()
  for (const change of changes) {
    const [section, name = '', ...rest] = change.key.split('.')
    if (!SECTIONS.includes(section as Section)) continue
    const list = found.get(section as Section) ?? []
    list.push({ name, detail: rest.join(' '), before: said(change.before), after: said(change.after) })
    found.set(section as Section, list)
  }
  return new Map(
    SECTIONS.filter((section) => found.has(section)).map((section) => [section, found.get(section)!]),
  )
}

/** A value as text; null where nothing is set. */
export function said(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.map((one) => said(one) ?? '').join(', ')
  if (typeof value === 'object')
    return Object.entries(value as Record<string, unknown>)
      .map(([key, one]) => `${key} ${said(one) ?? '-'}`)
      .join(', ')
  return String(value)
}

/** The levels a mode may have; null stands for none. */
export function levelsOf(mode: string): (number | null)[] {
  if (mode === 'normal' || mode === 'holiday') return [null]
  return mode === 'major_event' ? [null, 4, 3, 2, 1] : [4, 3, 2, 1]
}
