/** The live points of the map in typed arrays: tens of thousands change each second, and nothing watches each of them. */
import type { PointTable } from './types'

export class Points {
  readonly count: number
  readonly lon: Float64Array
  readonly lat: Float64Array
  readonly value: Float64Array
  /** When the value was measured, epoch ms; 0 where there never was one. */
  readonly at: Float64Array
  readonly every: Float64Array
  /** Grows with each change, so that whoever draws knows whether to. */
  version = 0
  private readonly index: Map<number, number>

  constructor(readonly table: PointTable) {
    this.count = table.ids.length
    this.lon = Float64Array.from(table.lon)
    this.lat = Float64Array.from(table.lat)
    this.value = Float64Array.from(table.value, (value) => value ?? NaN)
    this.at = Float64Array.from(table.at_ms, (at) => at ?? 0)
    this.every = Float64Array.from(table.every_s)
    this.index = new Map(table.ids.map((id, place) => [id, place]))
  }

  static empty(): Points {
    return new Points({
      ids: [], codes: [], assets: [], lon: [], lat: [], quantity: [], unit: [], every_s: [], value: [], at_ms: [],
    }) // prettier-ignore
  }

  /** Take newer values; what is older than what is known, or of a stream without a place, is left out. */
  take(values: readonly (readonly [number, number, number])[]): void {
    let changed = false
    for (const [id, value, at] of values) {
      const place = this.index.get(id)
      if (place === undefined || at < this.at[place]!) continue
      this.value[place] = value
      this.at[place] = at
      changed = true
    }
    if (changed) this.version++
  }

  /** Forget all values: a replay starts from nothing known, not from today's. */
  clear(): void {
    this.value.fill(NaN)
    this.at.fill(0)
    this.version++
  }

  placeOf(id: number): number | undefined {
    return this.index.get(id)
  }

  /** A stream that reports every so often is silent after three periods; one that reports on change never is by itself. */
  silent(place: number, now: number): boolean {
    const at = this.at[place]!
    const every = this.every[place]!
    return at === 0 || (every > 0 && now - at > 3000 * every)
  }
}
