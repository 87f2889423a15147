/** Small words that the layers of the map share. Types only: nothing here draws. */
import type { ExpressionSpecification, LayerSpecification, SymbolLayerSpecification } from 'maplibre-gl'

import type { LayerId } from '@/stores/view'

import { lift, type Look } from '../look'

export type Spec = LayerSpecification
export type Expression = ExpressionSpecification
type Text = NonNullable<SymbolLayerSpecification['layout']>

/** Fonts of the machine itself, Chinese and Latin alike: no font server, and no request leaves. */
const FAMILIES = ['Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', 'sans-serif']
export const REGULAR = FAMILIES
/** The weight is read from the first name of the stack; no such family is looked for. */
export const BOLD = ['Chengyun Bold', ...FAMILIES]

export const visible = (on: boolean): { visibility: 'visible' | 'none' } => ({
  visibility: on ? 'visible' : 'none',
})
export const shown = (look: Look, layer: LayerId) => visible(look.on.has(layer))

export const isPoint: Expression = ['==', ['geometry-type'], 'Point']
export const isLine: Expression = ['==', ['geometry-type'], 'LineString']
export const isPolygon: Expression = ['==', ['geometry-type'], 'Polygon']
export const is = (property: string, value: string): Expression => ['==', ['get', property], value]

/** A thing's name in the reader's language, or in the other where it has none. */
export function nameOf(look: Look): Expression {
  const [first, second] = look.language === 'en' ? ['name_en', 'name_zh'] : ['name_zh', 'name_en']
  return [
    'case',
    ['!=', ['coalesce', ['get', first], ''], ''],
    ['get', first],
    ['coalesce', ['get', second], ''],
  ]
}

/** Stops over the zoom as a desk has it, shifted on larger screens. */
export const byDeskZoom = (look: Look, ...stops: [number, number | Expression][]): Expression =>
  byZoom(...stops.map(([zoom, value]): [number, number | Expression] => [zoom + lift(look), value]))

/** Stops over the zoom, in a straight line between them. */
export const byZoom = (...stops: [number, number | Expression][]): Expression =>
  ['interpolate', ['linear'], ['zoom'], ...stops.flat()] as unknown as Expression

/** The layout of a label: sizes in px at a root font size of 16. */
export function label(look: Look, size: number, more: Text = {}): Text {
  return {
    'text-field': nameOf(look),
    'text-font': REGULAR,
    'text-size': size * look.scale,
    'text-max-width': look.language === 'en' ? 9 : 8,
    'text-padding': 4,
    ...more,
  }
}

export const inked = (look: Look, colour = look.tokens.label, halo = 1.4) => ({
  'text-color': colour,
  'text-halo-color': look.tokens.halo,
  'text-halo-width': halo * look.scale,
})
