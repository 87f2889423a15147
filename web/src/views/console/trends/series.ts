/** Series of the server as lines of a chart. Pure: no chart in here. */
import type { Series } from '@/api/schema'

type Point = [number, number | null]

/** The middle of each step in epoch ms. A step without data stays null: a gap, never a zero. */
export function points(values: readonly (number | null)[], since: string, stepS: number): Point[] {
  const start = Date.parse(since)
  return values.map((value, place) => [start + (place + 0.5) * stepS * 1000, value])
}

/** A band as two stacked lines: the lower edge, and how much higher the upper one is. */
export function band(series: Series): { low: Point[]; height: Point[] } {
  const low = points(series.min, series.since, series.step_s)
  const height = series.max.map((max, place): Point => {
    const min = series.min[place] ?? null
    return [low[place]![0], max === null || min === null ? null : max - min]
  })
  return { low, height }
}

/** Stretches in which fewer counters reported than there are: [from, to] in epoch ms. */
export function gaps(series: Series): [number, number][] {
  const start = Date.parse(series.since)
  const step = series.step_s * 1000
  const found: [number, number][] = []
  series.have.forEach((have, place) => {
    if (have >= series.of) return
    const from = start + place * step
    const last = found.at(-1)
    if (last && last[1] === from) last[1] = from + step
    else found.push([from, from + step])
  })
  return found
}

/** The last known value of a running total. */
export function latest(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null
}
