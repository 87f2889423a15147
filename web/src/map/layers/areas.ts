/** Four levels of grids by zoom, dedicated grids, police beats, and the three rings: dashed, faint and labelled. */
import type { LayerId } from '@/stores/view'

import type { Look } from '../look'
import {
  BOLD,
  byDeskZoom,
  inked,
  isLine,
  isPoint,
  isPolygon,
  label,
  shown,
  type Expression,
  type Spec,
} from './spec'

/** From afar one reads second-level grids, nearer third-level ones, nearest micro grids: the zoom at which names change over. */
export const GRID_ZOOM = { grid3: 15, micro: 16.4 } as const

/** The finest grid whose names are read at a zoom: what a click on open ground selects. */
export function gridAt(zoom: number, on: ReadonlySet<LayerId>): 'grid2' | 'grid3' | 'micro' | null {
  if (on.has('micro') && zoom >= GRID_ZOOM.micro) return 'micro'
  if (on.has('grid3') && zoom >= GRID_ZOOM.grid3) return 'grid3'
  return on.has('grid2') ? 'grid2' : null
}

const ringColour = (look: Look): Expression =>
  [
    'match',
    ['get', 'colour'],
    'red',
    look.tokens.level1,
    'orange',
    look.tokens.level2,
    'yellow',
    look.tokens.level3,
    look.tokens.level4,
  ] as unknown as Expression

const brought = (look: Look): Expression => ['in', ['get', 'code'], ['literal', [...look.emphasised]]]

interface Outline {
  id: LayerId
  source: string
  minzoom?: number
  width: number
  opacity: number
  dash?: number[]
  colour?: string
}

function outline(look: Look, { id, source, minzoom, width, opacity, dash, colour }: Outline): Spec[] {
  return [
    {
      id: `${id}-fill`,
      type: 'fill',
      source,
      ...(minzoom ? { minzoom: minzoom - 0.6 } : {}),
      filter: isPolygon,
      layout: shown(look, id),
      // Invisible: it is there to be clicked, and costs nothing to draw.
      paint: { 'fill-color': look.tokens.grid, 'fill-opacity': 0 },
    },
    {
      id: `${id}-line`,
      type: 'line',
      source,
      ...(minzoom ? { minzoom: minzoom - 0.6 } : {}),
      filter: isPolygon,
      layout: { ...shown(look, id), 'line-join': 'round' },
      paint: {
        'line-color': colour ?? look.tokens.grid,
        'line-width': width * look.scale,
        'line-opacity': minzoom ? byDeskZoom(look, [minzoom - 0.6, 0], [minzoom, opacity]) : opacity,
        ...(dash ? { 'line-dasharray': dash } : {}),
      },
    },
  ]
}

/** The rings' faint tint, under green and water so that those keep their colours. */
export function ringTint(look: Look): Spec[] {
  return [
    {
      id: 'ring-fill',
      type: 'fill',
      source: 'areas',
      filter: ['all', isPolygon, ['==', ['get', 'kind'], 'ring']],
      layout: shown(look, 'ring'),
      // Never above 6 %: a ring is a place, not an alarm.
      paint: {
        'fill-color': ringColour(look),
        'fill-opacity': ['case', brought(look), 0.055, 0.02],
        'fill-antialias': false,
      },
    },
  ]
}

/** Lines and what is clicked; under the towers. */
export function areas(look: Look): Spec[] {
  return [
    ...outline(look, { id: 'micro', source: 'micro', minzoom: GRID_ZOOM.micro, width: 0.7, opacity: 0.45 }),
    ...outline(look, { id: 'grid3', source: 'grid3', minzoom: GRID_ZOOM.grid3, width: 0.9, opacity: 0.6 }),
    ...outline(look, {
      id: 'dedicated_micro',
      source: 'dedicated_micro',
      minzoom: 15.4,
      width: 0.6,
      opacity: 0.5,
      dash: [1, 2],
      colour: look.tokens.accent,
    }),
    ...outline(look, {
      id: 'dedicated',
      source: 'dedicated',
      width: 1,
      opacity: 0.65,
      dash: [3, 2],
      colour: look.tokens.accent,
    }),
    ...outline(look, {
      id: 'beat',
      source: 'beat',
      width: 1.6,
      opacity: 0.7,
      dash: [6, 2, 1, 2],
      colour: look.tokens.beat,
    }),
    ...outline(look, { id: 'scene', source: 'scene', width: 1, opacity: 0.7, dash: [1, 1.5] }),
    ...outline(look, { id: 'grid2', source: 'areas', width: 1.3, opacity: 0.75 }).map(
      (spec) => ({ ...spec, filter: ['all', isPolygon, ['==', ['get', 'kind'], 'grid2']] }) as Spec,
    ),
    {
      id: 'ring-line',
      type: 'line',
      source: 'areas',
      filter: ['all', isLine, ['==', ['get', 'kind'], 'ring']],
      layout: { ...shown(look, 'ring'), 'line-join': 'round' },
      paint: {
        'line-color': ringColour(look),
        'line-width': ['case', brought(look), 2.4 * look.scale, 1.3 * look.scale],
        'line-opacity': ['case', brought(look), 0.9, 0.5],
        'line-dasharray': [4, 3],
      },
    },
  ]
}

function names(
  look: Look,
  id: LayerId,
  source: string,
  size: number,
  minzoom: number,
  maxzoom: number,
  colour?: string,
): Spec {
  return {
    id: `${id}-names`,
    type: 'symbol',
    source,
    minzoom,
    maxzoom,
    filter: ['all', isPoint, ['==', ['get', 'kind'], id]],
    layout: { ...(look.on.has('labels') ? shown(look, id) : { visibility: 'none' }), ...label(look, size) },
    paint: inked(look, colour ?? look.tokens.label),
  }
}

/** Names of areas; above points, under incidents. The first one gives way last. */
export function areaNames(look: Look): Spec[] {
  const { tokens } = look
  return [
    names(look, 'micro', 'micro', 11, GRID_ZOOM.micro, 24, tokens.label2),
    names(look, 'dedicated_micro', 'dedicated_micro', 11, 15.8, 24, tokens.label2),
    names(look, 'scene', 'scene', 11, 14.4, 24, tokens.label2),
    names(look, 'beat', 'beat', 12, 13, 24, tokens.beat),
    names(look, 'dedicated', 'dedicated', 11.5, 14.2, 24, tokens.accent),
    names(look, 'grid3', 'grid3', 12, GRID_ZOOM.grid3, GRID_ZOOM.micro, tokens.label),
    names(look, 'grid2', 'areas', 13, 0, GRID_ZOOM.grid3, tokens.label),
    {
      id: 'ring-names',
      type: 'symbol',
      source: 'areas',
      minzoom: 12.5,
      filter: ['all', isLine, ['==', ['get', 'kind'], 'ring']],
      layout: {
        ...(look.on.has('labels') ? shown(look, 'ring') : { visibility: 'none' }),
        ...label(look, 12),
        'text-font': BOLD,
        'symbol-placement': 'line',
        'symbol-spacing': 460 * look.scale,
        'text-letter-spacing': look.language === 'zh' ? 0.25 : 0.06,
        'text-max-angle': 40,
      },
      paint: {
        ...inked(look),
        'text-color': ringColour(look),
        'text-opacity': ['case', brought(look), 1, 0.85],
      },
    },
  ]
}
