/** What must be set so that layers drawn one way are drawn another. Pure. */
import type { Spec } from './layers/spec'

export type Change =
  | { what: 'paint' | 'layout'; layer: string; name: string; value: unknown }
  | { what: 'filter'; layer: string; value: unknown }
  | { what: 'zoom'; layer: string; value: readonly [number, number] }

type Part = Record<string, unknown>
const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

function* parts(
  what: 'paint' | 'layout',
  layer: string,
  before: Part = {},
  after: Part = {},
): Generator<Change> {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
    if (!same(before[name], after[name])) yield { what, layer, name, value: after[name] }
}

/** Both lists have the same layers in the same order: only what they say may differ. */
export function changes(before: readonly Spec[], after: readonly Spec[]): Change[] {
  const found: Change[] = []
  after.forEach((next, place) => {
    const last = before[place]
    if (!last || last.id !== next.id) throw new Error(`The layer ${next.id} is not where it was`)
    found.push(...parts('layout', next.id, last.layout as Part, next.layout as Part))
    found.push(...parts('paint', next.id, last.paint as Part, next.paint as Part))
    const zooms = [last, next].map((spec): [number, number] => [spec.minzoom ?? 0, spec.maxzoom ?? 24])
    if (!same(zooms[0], zooms[1])) found.push({ what: 'zoom', layer: next.id, value: zooms[1]! })
    const filters = [last, next].map((spec) => ('filter' in spec ? spec.filter : undefined))
    if (!same(filters[0], filters[1]))
      found.push({ what: 'filter', layer: next.id, value: filters[1] ?? null })
  })
  return found
}
