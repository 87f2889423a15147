/** Ten thousand live points as numbers for the graphics card. Pure: no WebGL in here. */
import type { Points } from '@/live/points'

import { mercator } from '../geometry'

/** One byte a point: 0 silent, 1 normal, 2 to 5 abnormal at level IV to I (the higher, the worse). */
export const SILENT = 0
export const NORMAL = 1
export const abnormal = (level: number): number => 6 - Math.min(4, Math.max(1, level))

/** Web Mercator of each point less an origin of their own, so that 32 bits reach to the centimetre. */
export interface Places {
  readonly origin: readonly [number, number]
  readonly xy: Float32Array
}

export function packPlaces(points: Points): Places {
  const xy = new Float32Array(points.count * 2)
  const origin = points.count ? mercator([points.lon[0]!, points.lat[0]!]) : ([0, 0] as [number, number])
  for (let n = 0; n < points.count; n++) {
    const [x, y] = mercator([points.lon[n]!, points.lat[n]!])
    xy[2 * n] = x - origin[0]
    xy[2 * n + 1] = y - origin[1]
  }
  return { origin, xy }
}

/** Fill in what each point is now; tells whether any of them became another. `levels`: asset code -> level of its worst alert. */
export function packStates(
  states: Uint8Array,
  points: Points,
  now: number,
  levels: ReadonlyMap<string, number>,
): boolean {
  const { assets } = points.table
  let changed = false
  for (let n = 0; n < points.count; n++) {
    const level = levels.size ? levels.get(assets[n] ?? '') : undefined
    const state = level !== undefined ? abnormal(level) : points.silent(n, now) ? SILENT : NORMAL
    if (states[n] === state) continue
    states[n] = state
    changed = true
  }
  return changed
}

/** The matrix with a shift put before it, in 64 bits; column by column, as WebGL has it. */
export function shifted(matrix: ArrayLike<number>, [x, y]: readonly [number, number]): Float64Array {
  const out = Float64Array.from({ length: 16 }, (_, n) => matrix[n]!)
  for (let row = 0; row < 4; row++)
    out[12 + row] = matrix[row]! * x + matrix[4 + row]! * y + matrix[12 + row]!
  return out
}

/** The nearest point to a place on the screen in CSS pixels, or -1 where none is within reach. Worse ones win a tie. */
export function nearest(
  places: Places, states: Uint8Array, matrix: ArrayLike<number>, size: readonly [number, number],
  at: readonly [number, number], reach: number,
): number {
  const m = shifted(matrix, places.origin)
  let [best, found] = [reach * reach, -1]
  for (let n = 0; n < states.length; n++) {
    const x = places.xy[2 * n]!
    const y = places.xy[2 * n + 1]!
    const w = m[3]! * x + m[7]! * y + m[15]!
    if (w <= 0) continue
    const px = (((m[0]! * x + m[4]! * y + m[12]!) / w + 1) / 2) * size[0]
    const py = ((1 - (m[1]! * x + m[5]! * y + m[13]!) / w) / 2) * size[1]
    const d = (px - at[0]) ** 2 + (py - at[1]) ** 2
    if (d < best || (d === best && found >= 0 && states[n]! > states[found]!)) [best, found] = [d, n]
  }
  return found
} // prettier-ignore
