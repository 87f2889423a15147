/** Figures per minute as the small trend takes them: a step a minute, and a minute that is missing is not known, never zero. */
import type { MinuteOut, Series } from '@/api/schema'

const MINUTE = 60_000

/** `steps` whole minutes up to the one that `now` (epoch ms) is in. */
export function minuteSeries(minutes: readonly MinuteOut[], now: number, steps = 60): Series {
  const until = Math.floor(now / MINUTE) * MINUTE + MINUTE
  const since = until - steps * MINUTE
  const found = new Map(
    minutes.map((minute) => [Math.floor((Date.parse(minute.at) - since) / MINUTE), minute]),
  )
  const column = (take: (minute: MinuteOut) => number): (number | null)[] =>
    Array.from({ length: steps }, (_, step) => {
      const minute = found.get(step)
      return minute ? take(minute) : null
    })
  return {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    step_s: 60,
    mean: column((minute) => minute.mean),
    min: column((minute) => minute.min),
    max: column((minute) => minute.max),
    have: Array.from({ length: steps }, (_, step) => (found.has(step) ? 1 : 0)),
    of: 1,
  }
}
