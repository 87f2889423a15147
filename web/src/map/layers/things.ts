/** Assets, posts, cases: normal ones are small grey dots; a mark is drawn for what is abnormal, selected or near. */
import type { LayerId } from '@/stores/view'

import { lift, type Look } from '../look'
import { byDeskZoom, inked, is, label, shown, visible, type Expression, type Spec } from './spec'

/** From here on there is room for a mark on everything. */
export const NEAR = 16.5

/** Which layer shows which kind of asset; what no other layer names belongs to the last. */
export const ASSET_LAYERS: Record<string, LayerId> = {
  camera: 'cameras',
  counter: 'counters',
  exit: 'counters',
  gauge: 'gauges',
  gate: 'gates',
  screen: 'screens',
  parking: 'parking',
}
export const layerOfAsset = (kind: string): LayerId => ASSET_LAYERS[kind] ?? 'other_assets'
export const ASSET_LAYER_IDS: readonly LayerId[] = [...new Set(Object.values(ASSET_LAYERS)), 'other_assets']

/** Assets carry the layer they belong to: only those of layers that are on are drawn. */
const assetsOn = (look: Look): Expression => [
  'in',
  ['get', 'layer'],
  ['literal', ASSET_LAYER_IDS.filter((id) => look.on.has(id))],
]
const chosen = (look: Look, kind: string): Expression => [
  '==',
  ['get', 'code'],
  look.selected?.kind === kind ? look.selected.id : '',
]
const marked = (look: Look): Expression => ['any', ['!=', ['get', 'state'], 'normal'], chosen(look, 'asset')]
const dot = (look: Look, far: number, near: number): Expression =>
  byDeskZoom(look, [13, far * look.scale], [17, near * look.scale])

export function things(look: Look): Spec[] {
  const { tokens } = look
  const anyAsset = visible(ASSET_LAYER_IDS.some((id) => look.on.has(id)))
  const mark = {
    'icon-image': ['concat', 'asset-', ['get', 'kind'], '-', ['get', 'state']] as Expression,
    'icon-size': look.scale,
    'icon-padding': 1,
  }
  return [
    {
      id: 'asset-dots',
      type: 'circle',
      source: 'assets',
      maxzoom: NEAR,
      filter: ['all', assetsOn(look), ['!', marked(look)]],
      layout: anyAsset,
      paint: { 'circle-color': tokens.point, 'circle-radius': dot(look, 1.6, 3.6), 'circle-opacity': 0.8 },
    },
    {
      id: 'asset-marks',
      type: 'symbol',
      source: 'assets',
      minzoom: NEAR,
      filter: ['all', assetsOn(look), ['!', marked(look)]],
      layout: { ...anyAsset, ...mark, 'icon-allow-overlap': false },
    },
    {
      id: 'asset-abnormal',
      type: 'symbol',
      source: 'assets',
      filter: ['all', assetsOn(look), marked(look)],
      layout: { ...anyAsset, ...mark, 'icon-allow-overlap': true },
    },
    {
      id: 'post-dots',
      type: 'circle',
      source: 'posts',
      maxzoom: 15,
      layout: shown(look, 'posts'),
      paint: {
        'circle-radius': dot(look, 2.6, 5),
        'circle-color': ['case', ['get', 'manned'], tokens.manned, tokens.ground],
        'circle-stroke-width': 1.4 * look.scale,
        'circle-stroke-color': ['case', ['get', 'manned'], tokens.halo, tokens.stale],
      },
    },
    {
      id: 'post-marks',
      type: 'symbol',
      source: 'posts',
      minzoom: 15,
      layout: {
        ...shown(look, 'posts'),
        ...label(look, 10.5),
        'text-field': byNear(look, label(look, 10.5)['text-field'] as Expression),
        'icon-image': ['case', ['get', 'manned'], 'post-manned', 'post-unmanned'],
        'icon-size': look.scale,
        'icon-allow-overlap': true,
        'text-optional': true,
        'text-anchor': 'top',
        'text-offset': [0, 1],
      },
      paint: inked(look, tokens.label2),
    },
    {
      id: 'case-marks',
      type: 'symbol',
      source: 'cases',
      layout: {
        ...shown(look, 'cases'),
        'icon-image': ['concat', 'case-', ['get', 'stage'], '-', ['get', 'pace']],
        'icon-size': look.scale,
        'icon-allow-overlap': true,
        'symbol-sort-key': ['match', ['get', 'pace'], 'late', 2, 'soon', 1, 0],
      },
    },
  ]
}

/** A name only where there is room for it. */
const byNear = (look: Look, field: Expression): Expression =>
  ['step', ['zoom'], '', NEAR + lift(look), field] as unknown as Expression

/** Incidents: colour, shape and numeral at once; the worst lies on top, and how many stand at one place is said beside it. */
export function incidents(look: Look): Spec[] {
  return [
    {
      id: 'incident-marks',
      type: 'symbol',
      source: 'incidents',
      layout: {
        ...shown(look, 'incidents'),
        'icon-image': [
          'concat',
          'incident-',
          ['to-string', ['get', 'level']],
          ['case', ['get', 'new'], '-new', '-seen'],
        ],
        'icon-size': ['case', ['get', 'chosen'], 1.25 * look.scale, look.scale],
        'icon-allow-overlap': true,
        'icon-ignore-placement': false,
        'symbol-sort-key': ['-', 10, ['get', 'level']],
        ...label(look, 12),
        'text-field': [
          'case',
          ['>', ['get', 'count'], 1],
          ['concat', '×', ['to-string', ['get', 'count']]],
          '',
        ],
        'text-anchor': 'left',
        'text-offset': [1.3, -0.6],
        'text-allow-overlap': true,
      },
      paint: inked(look),
    },
  ]
}

/** What is selected: its outline, or a ring around its point. */
export function chosenThing(look: Look): { under: Spec[]; over: Spec[] } {
  const { tokens, scale } = look
  return {
    under: [
      {
        id: 'chosen-fill',
        type: 'fill',
        source: 'chosen',
        filter: ['==', ['geometry-type'], 'Polygon'],
        paint: { 'fill-color': tokens.selected, 'fill-opacity': 0.1 },
      },
      {
        id: 'chosen-line',
        type: 'line',
        source: 'chosen',
        filter: ['==', ['geometry-type'], 'Polygon'],
        layout: { 'line-join': 'round' },
        paint: { 'line-color': tokens.selected, 'line-width': 2.4 * scale },
      },
    ],
    over: [
      {
        id: 'chosen-ring',
        type: 'circle',
        source: 'chosen',
        filter: ['==', ['geometry-type'], 'Point'],
        paint: {
          'circle-radius': 18 * scale,
          'circle-color': tokens.selected,
          'circle-opacity': 0.08,
          'circle-stroke-color': tokens.selected,
          'circle-stroke-width': 2.2 * scale,
        },
      },
    ],
  }
}

/** The ruler: the line, the surface it closes, its corners. */
export function measure(look: Look): Spec[] {
  const { tokens, scale } = look
  return [
    {
      id: 'measure-fill',
      type: 'fill',
      source: 'measure',
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': tokens.text, 'fill-opacity': 0.1 },
    },
    {
      id: 'measure-line',
      type: 'line',
      source: 'measure',
      filter: is('part', 'line'),
      layout: { 'line-join': 'round', 'line-cap': 'round' },
      paint: { 'line-color': tokens.text, 'line-width': 2 * scale },
    },
    {
      id: 'measure-corners',
      type: 'circle',
      source: 'measure',
      filter: is('part', 'corner'),
      paint: {
        'circle-radius': 4 * scale,
        'circle-color': tokens.raised,
        'circle-stroke-color': tokens.text,
        'circle-stroke-width': 2 * scale,
      },
    },
  ]
}
