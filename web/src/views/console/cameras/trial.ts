/** What a tried draft found, as places on a strip of time. Pure. */
import type { Tried, TriedEvent, TriedRule } from '@/api/trial'

export interface Band {
  /** Of the strip, 0 to 1. */
  from: number
  width: number
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share))

export const shareOf = (tried: Pick<Tried, 'since' | 'until'>, at: string): number => {
  const [since, until] = [Date.parse(tried.since), Date.parse(tried.until)]
  return until > since ? clamp((Date.parse(at) - since) / (until - since)) : 1
}

export function band(tried: Pick<Tried, 'since' | 'until'>, from: string, to: string | null): Band {
  const start = shareOf(tried, from)
  return { from: start, width: Math.max(0, (to === null ? 1 : shareOf(tried, to)) - start) }
}

/** Seconds that the strip covers, and how many of them nobody looked at. */
export function seconds(tried: Pick<Tried, 'since' | 'until'>, rule: Pick<TriedRule, 'unseen'>) {
  const between = (a: string, b: string): number => Math.max(0, (Date.parse(b) - Date.parse(a)) / 1000)
  return {
    all: between(tried.since, tried.until),
    unseen: rule.unseen.reduce((sum, [a, b]) => sum + between(a, b), 0),
  }
}

/**
 * The line of values as SVG paths in a box of `width` x `height`, in steps, broken where nobody looked; and the height of the
 * limit. The highest of both is at a tenth below the top.
 */
export function steps(
  values: readonly (number | null)[],
  limit: number | null,
  width: number,
  height: number,
): { path: string; limit: number | null; top: number } {
  const known = values.filter((value) => value !== null)
  const top = Math.max(...known, limit ?? 0, 1e-9) / 0.9
  const y = (value: number): number => Math.round(10 * height * (1 - value / top)) / 10
  const x = (n: number): number => Math.round((10 * n * width) / Math.max(1, values.length)) / 10
  let path = ''
  values.forEach((value, n) => {
    if (value === null) return
    const goesOn = n > 0 && values[n - 1] !== null
    path += `${goesOn ? 'V' : `M${x(n)} `}${y(value)}H${x(n + 1)}`
  })
  return { path, limit: limit === null ? null : y(limit), top }
}

/** Those that began last, the newest first. */
export const newest = (events: readonly TriedEvent[], most: number): TriedEvent[] =>
  [...events].sort((a, b) => Date.parse(b.start) - Date.parse(a.start)).slice(0, most)
