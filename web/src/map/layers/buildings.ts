/** Towers in calm grey-blue, plain houses in grey, and one tower cut open into its floors. */
import type { Look } from '../look'
import {
  byDeskZoom,
  inked,
  is,
  isPoint,
  isPolygon,
  label,
  shown,
  visible,
  type Expression,
  type Spec,
} from './spec'

/** So high is the upper part lifted once, so that the floor under it is seen; in metres. */
export const LIFT_M = 40

const height: Expression = ['coalesce', ['get', 'height_m'], 12]

export function buildings(look: Look): Spec[] {
  const { tokens, opened, selected } = look
  const dim = opened ? 0.22 : 1
  const chosen: Expression =
    selected?.kind === 'building'
      ? ['==', ['get', 'code'], selected.id]
      : (['literal', false] as unknown as Expression)
  return [
    // First: what is drawn see-through after it lies over it; before it, it would hide it.
    {
      id: 'floors',
      type: 'fill-extrusion',
      source: 'floors',
      layout: visible(opened !== null),
      paint: {
        'fill-extrusion-color': [
          'case',
          ['get', 'chosen'],
          tokens.selected,
          ['==', ['%', ['get', 'number'], 2], 1],
          tokens.tower,
          tokens.towerTop,
        ],
        'fill-extrusion-base': ['get', 'base'],
        'fill-extrusion-height': ['get', 'top'],
        'fill-extrusion-vertical-gradient': false,
      } as never,
    },
    {
      id: 'blocks',
      type: 'fill-extrusion',
      source: 'base',
      filter: is('kind', 'block'),
      minzoom: 13,
      layout: shown(look, 'blocks'),
      paint: {
        'fill-extrusion-color': tokens.block,
        'fill-extrusion-height': height,
        'fill-extrusion-opacity': dim,
        'fill-extrusion-vertical-gradient': false,
      },
    },
    {
      id: 'buildings',
      type: 'fill-extrusion',
      source: 'buildings',
      filter: opened ? ['all', isPolygon, ['!=', ['get', 'code'], opened.building]] : isPolygon,
      layout: shown(look, 'buildings'),
      paint: {
        'fill-extrusion-color': [
          'case',
          chosen,
          tokens.selected,
          ['interpolate', ['linear'], height, 40, tokens.tower, 160, tokens.towerTop],
        ],
        'fill-extrusion-height': height,
        'fill-extrusion-opacity': dim,
      },
    },
  ]
}

export function buildingNames(look: Look): Spec[] {
  return [
    {
      id: 'building-names',
      type: 'symbol',
      source: 'buildings',
      minzoom: 15.2,
      filter: isPoint,
      layout: {
        ...(look.on.has('labels') ? shown(look, 'buildings') : visible(false)),
        ...label(look, 11.5),
        'symbol-sort-key': ['case', is('kind', 'landmark'), 0, 1],
      },
      paint: { ...inked(look, look.tokens.label2), 'text-opacity': byDeskZoom(look, [15.2, 0], [15.5, 1]) },
    },
    {
      id: 'landmark-names',
      type: 'symbol',
      source: 'buildings',
      maxzoom: 15.2,
      filter: ['all', isPoint, is('kind', 'landmark')],
      layout: { ...(look.on.has('labels') ? shown(look, 'buildings') : visible(false)), ...label(look, 12) },
      paint: inked(look),
    },
  ]
}
