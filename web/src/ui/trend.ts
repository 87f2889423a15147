/** The arithmetic of a small trend: where a value stands, where a line breaks, what is not known. Pure. */
import type { Series, ThresholdLine } from '@/api/schema'

export interface Domain {
  lo: number
  hi: number
}
export interface Frame {
  width: number
  height: number
  top: number
  right: number
  bottom: number
  left: number
}
/** Steps [from, until). */
export interface Run {
  from: number
  until: number
}

/** What the axis spans: all that was measured, the lines that hold now, and zero where that is not far. */
export function domainOf(series: Series, lines: readonly ThresholdLine[]): Domain {
  const values = [
    ...[series.min, series.max, series.mean].flat().filter((value) => value !== null),
    ...lines.filter((line) => line.in_force && line.set !== null).map((line) => line.set!),
  ]
  if (!values.length) return { lo: 0, hi: 1 }
  const hi = Math.max(...values)
  let lo = Math.min(...values)
  if (lo >= 0 && lo < hi * 0.6) lo = 0
  if (hi === lo) return { lo: lo - 1, hi: hi + 1 }
  const room = (hi - lo) * 0.08
  return { lo: lo === 0 ? 0 : lo - room, hi: hi + room }
}

export const yAt = (value: number, domain: Domain, frame: Frame): number =>
  frame.top + (1 - (value - domain.lo) / (domain.hi - domain.lo)) * (frame.height - frame.top - frame.bottom)

/** The left edge of step `i`; `i + 0.5` is its middle. */
export const xAt = (i: number, steps: number, frame: Frame): number =>
  frame.left + (i / Math.max(1, steps)) * (frame.width - frame.left - frame.right)

export function stepAt(x: number, steps: number, frame: Frame): number {
  const share = (x - frame.left) / (frame.width - frame.left - frame.right)
  return Math.min(steps - 1, Math.max(0, Math.floor(share * steps)))
}

/** Neighbouring steps of which `test` says the same yes. */
export function runs(steps: number, test: (i: number) => boolean): Run[] {
  const found: Run[] = []
  for (let i = 0; i < steps; i++) {
    if (!test(i)) continue
    const last = found.at(-1)
    if (last?.until === i) last.until = i + 1
    else found.push({ from: i, until: i + 1 })
  }
  return found
}

const known = (values: readonly (number | null)[]): Run[] => runs(values.length, (i) => values[i] !== null)
const r = (value: number): string => value.toFixed(1)

/** The line, broken where nothing is known. A step that stands alone is drawn as wide as it is. */
export function linePath(values: readonly (number | null)[], domain: Domain, frame: Frame): string {
  const n = values.length
  return known(values)
    .map(({ from, until }) => {
      const y = (i: number): string => r(yAt(values[i]!, domain, frame))
      if (until - from === 1) return `M${r(xAt(from, n, frame))} ${y(from)}H${r(xAt(until, n, frame))}`
      const points = Array.from(
        { length: until - from },
        (_, k) => `${r(xAt(from + k + 0.5, n, frame))} ${y(from + k)}`,
      )
      return `M${points.join('L')}`
    })
    .join('')
}

/** The band between the least and the most of each step, in pieces like the line. */
export function bandPath(
  low: readonly (number | null)[],
  high: readonly (number | null)[],
  domain: Domain,
  frame: Frame,
): string {
  const n = low.length
  const both = runs(n, (i) => low[i] !== null && high[i] !== null)
  const edge = (values: readonly (number | null)[], i: number): string =>
    `${r(xAt(i + 0.5, n, frame))} ${r(yAt(values[i]!, domain, frame))}`
  return both
    .filter((run) => run.until - run.from > 1)
    .map(({ from, until }) => {
      const steps = Array.from({ length: until - from }, (_, k) => from + k)
      return `M${steps.map((i) => edge(high, i)).join('L')}L${steps
        .reverse()
        .map((i) => edge(low, i))
        .join('L')}Z`
    })
    .join('')
}

/** Where nothing is known at all. */
export const gaps = (values: readonly (number | null)[]): Run[] =>
  runs(values.length, (i) => values[i] === null)

/** Steps in which some sources were silent, and those in which all were. */
export function coverage(series: Series): { partial: Run[]; none: Run[] } {
  const have = (i: number): number => series.have[i] ?? 0
  return {
    partial: runs(series.mean.length, (i) => have(i) > 0 && have(i) < series.of),
    none: runs(series.mean.length, (i) => have(i) === 0),
  }
}

/** Round numbers to mark on an axis, about `wanted` of them. */
export function ticks({ lo, hi }: Domain, wanted = 3): number[] {
  const raw = (hi - lo) / wanted
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= raw) ?? raw
  const found: number[] = []
  for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + 1e-9 * step; k++)
    found.push(Number((k * step).toPrecision(12)))
  return found
}

const MINUTES = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440]

/** Round moments (epoch ms) in [since, until], at most `most`; `offset`: minutes that the wall clock is ahead of UTC. */
export function moments(since: number, until: number, most = 4, offset = 0): number[] {
  const step = (MINUTES.find((minutes) => (until - since) / (minutes * 60_000) <= most) ?? 1440) * 60_000
  const shift = offset * 60_000
  const found: number[] = []
  for (let at = Math.ceil((since + shift) / step) * step - shift; at <= until; at += step) found.push(at)
  return found
}

/** Lines to draw with the place of their words; of two that would lie on each other, the graver keeps its words. */
export function labelled(lines: readonly ThresholdLine[], domain: Domain, frame: Frame, apart = 12) {
  const taken: number[] = []
  return [...lines]
    .filter((line) => line.set !== null && line.set >= domain.lo && line.set <= domain.hi)
    .sort((a, b) => Number(b.in_force) - Number(a.in_force) || a.level - b.level)
    .map((line) => {
      const y = yAt(line.set!, domain, frame)
      const free = taken.every((other) => Math.abs(other - y) >= apart)
      if (free) taken.push(y)
      return { line, y, words: free }
    })
}
