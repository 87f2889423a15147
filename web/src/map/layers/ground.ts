/** Ground, water, green, roads: the quiet paper on which everything else stands. */
import type { Look } from '../look'
import {
  byZoom,
  inked,
  is,
  isLine,
  isPoint,
  isPolygon,
  label,
  shown,
  type Expression,
  type Spec,
} from './spec'

const WIDTHS = { trunk: 11, main: 8, street: 4.5, path: 1.6 }

/** Widths double from zoom to zoom as the ground does, down to a hair from afar. */
const roadWidth: Expression = [
  'interpolate',
  ['exponential', 1.7],
  ['zoom'],
  12,
  ['match', ['get', 'width'], 'trunk', 1.6, 'main', 1.1, 0.4],
  16,
  [
    'match',
    ['get', 'width'],
    'trunk',
    WIDTHS.trunk,
    'main',
    WIDTHS.main,
    'street',
    WIDTHS.street,
    WIDTHS.path,
  ],
  19,
  ['match', ['get', 'width'], 'trunk', 46, 'main', 34, 'street', 20, 6],
] as unknown as Expression

/** `under` lies right on the ground, below green and water. */
export function ground(look: Look, under: Spec[] = []): Spec[] {
  const { tokens } = look
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': tokens.ground } },
    ...under,
    {
      id: 'green',
      type: 'fill',
      source: 'base',
      filter: ['all', isPolygon, is('kind', 'green')],
      paint: { 'fill-color': tokens.green, 'fill-antialias': false },
    },
    {
      id: 'water',
      type: 'fill',
      source: 'base',
      filter: ['all', isPolygon, is('kind', 'water')],
      paint: { 'fill-color': tokens.water },
    },
    {
      id: 'shore',
      type: 'line',
      source: 'base',
      filter: ['all', isPolygon, is('kind', 'water')],
      paint: { 'line-color': tokens.shore, 'line-width': byZoom([13, 0.8], [17, 2]) },
    },
    {
      id: 'river',
      type: 'line',
      source: 'base',
      filter: ['all', isLine, is('kind', 'water')],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': tokens.water, 'line-width': byZoom([12, 2], [16, 12], [19, 60]) },
    },
    {
      id: 'roads',
      type: 'line',
      source: 'base',
      filter: is('kind', 'road'),
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': tokens.road, 'line-width': roadWidth },
    },
  ]
}

/** Names of roads and of water; they stand above points, like all names. */
export function groundNames(look: Look): Spec[] {
  return [
    {
      id: 'road-names',
      type: 'symbol',
      source: 'base',
      minzoom: 13.6,
      filter: is('kind', 'road'),
      layout: {
        ...shown(look, 'labels'),
        ...label(look, 11.5),
        'symbol-placement': 'line',
        'symbol-spacing': 420 * look.scale,
        'text-max-angle': 32,
        'text-letter-spacing': look.language === 'zh' ? 0.12 : 0.02,
      },
      paint: inked(look, look.tokens.label2),
    },
    {
      id: 'water-names',
      type: 'symbol',
      source: 'base',
      filter: ['all', is('kind', 'water'), isPoint],
      layout: {
        ...shown(look, 'labels'),
        ...label(look, 13),
        'text-letter-spacing': look.language === 'zh' ? 0.2 : 0.03,
      },
      paint: inked(look, look.tokens.label2, 1),
    },
  ]
}
