/** A measured number with its unit, as people read it. Units come from the closed vocabulary of what a signal may say. */
import { i18n } from '@/i18n'

import { number } from './format'

/** The unit in the reader's words; nothing for a yes-or-no state, the code itself for one that has no word here. */
export function unitName(unit: string | null | undefined): string {
  if (!unit || unit === '1') return ''
  const key = `alerts.unit.${unit.replace(/[^A-Za-z0-9]/g, '_')}`
  return i18n.global.te(key) ? i18n.global.t(key) : unit
}

/** Few digits where few matter: 51,234 people, 2.35 people per square metre. */
export function digitsFor(value: number): number {
  const size = Math.abs(value)
  return size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2
}

export const amount = (value: number | null | undefined): string =>
  value === null || value === undefined ? number(value) : number(value, digitsFor(value))
