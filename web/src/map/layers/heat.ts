/** Heat of risk and of crowd: places and numbers, never persons. Its own quiet ramp, apart from the colours of the levels. */
import type { LayerId } from '@/stores/view'

import type { Look } from '../look'
import type { SourceId } from '../style'
import { faded } from '../tokens'
import { byZoom, shown, type Expression, type Spec } from './spec'

/** Where on the ramp each colour begins; the legend paints the same. */
export const RAMP = [
  [0.12, 'heat1', 0.5],
  [0.4, 'heat2', 0.62],
  [0.7, 'heat3', 0.72],
  [1, 'heat4', 0.8],
] as const

const ramp = (look: Look): Expression =>
  [
    'interpolate',
    ['linear'],
    ['heatmap-density'],
    0,
    'rgba(0,0,0,0)',
    ...RAMP.flatMap(([from, name, opacity]) => [from, faded(look.tokens[name], opacity)]),
  ] as unknown as Expression

function one(look: Look, id: LayerId, source: SourceId): Spec {
  return {
    id,
    type: 'heatmap',
    source,
    layout: shown(look, id),
    paint: {
      'heatmap-weight': ['get', 'weight'],
      // The same ground stays as wide at each zoom, so that a crowd does not spread when one looks closer.
      'heatmap-radius': [
        'interpolate',
        ['exponential', 2],
        ['zoom'],
        12,
        14,
        18,
        220,
      ] as unknown as Expression,
      'heatmap-intensity': byZoom([12, 0.7], [16, 1]),
      'heatmap-color': ramp(look),
      'heatmap-opacity': 0.85,
    },
  }
}

export const heat = (look: Look): Spec[] => [
  one(look, 'heat_risk', 'heat-risk'),
  one(look, 'heat_crowd', 'heat-crowd'),
]
