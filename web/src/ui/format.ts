/** Times, spans and numbers in the reader's language. Pure; the zone is the district's, wherever the reader is. */
import { currentLanguage, i18n } from '@/i18n'

let zone = 'Asia/Shanghai'

export function setZone(name: string): void {
  zone = name
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const language = currentLanguage() === 'en' ? 'en-GB' : 'zh-CN'
  const key = `${language}|${zone}|${JSON.stringify(options)}`
  let found = formats.get(key)
  if (!found)
    formats.set(
      key,
      (found = new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: 'h23', ...options })),
    )
  return found
}

type Moment = string | number | Date

export const clockTime = (at: Moment): string =>
  format({ hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(at))
export const hourMinute = (at: Moment): string =>
  format({ hour: '2-digit', minute: '2-digit' }).format(new Date(at))
export const dayTime = (at: Moment): string =>
  format({ month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).format(new Date(at))
export const fullTime = (at: Moment): string =>
  format({
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(at))
export const dayName = (at: Moment): string =>
  format({ year: 'numeric', month: '2-digit', day: '2-digit', weekday: 'short' }).format(new Date(at))

/** A length of time, rounded to what matters: `45 秒`, `12 分`, `3 小时 05 分`. */
export function span(ms: number): string {
  const t = i18n.global.t
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 60) return t('common.span.s', { n: s })
  const min = Math.floor(s / 60)
  if (min < 60) return t('common.span.min', { n: min })
  const h = Math.floor(min / 60)
  if (h < 24) return t('common.span.h', { h, m: min % 60 })
  return t('common.span.d', { d: Math.floor(h / 24), h: h % 24 })
}

export function ago(ms: number): string {
  const t = i18n.global.t
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 5) return t('common.ago.now')
  if (s < 60) return t('common.ago.s', { n: s })
  if (s < 3600) return t('common.ago.min', { n: Math.floor(s / 60) })
  if (s < 86_400) return t('common.ago.h', { n: Math.floor(s / 3600) })
  return t('common.ago.d', { n: Math.floor(s / 86_400) })
}

/** A number as people read it; what is not known says so instead of being zero. */
export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || Number.isNaN(value)) return i18n.global.t('common.no_data')
  return value.toLocaleString(currentLanguage() === 'en' ? 'en-GB' : 'zh-CN', {
    maximumFractionDigits: digits,
  })
}

export const NUMERALS: Record<number, string> = { 1: 'Ⅰ', 2: 'Ⅱ', 3: 'Ⅲ', 4: 'Ⅳ' }
/** Each level has a shape of its own: colour is never the only sign. */
export const SHAPES: Record<number, string> = { 1: '◆', 2: '▲', 3: '■', 4: '●' }

/** How far the district's wall clock is ahead of UTC at a moment, in minutes. */
export function zoneOffsetMinutes(at: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(new Date(at))
  const part = (type: string): number => Number(parts.find((one) => one.type === type)!.value)
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return Math.round((wall - Math.floor(at / 1000) * 1000) / 60_000)
}
