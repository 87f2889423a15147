/** Heat of risk and of crowd: places and numbers, never persons. Its own quiet ramp, apart from the colours of the levels. */
import type { LayerId } from '@/stores/view'

import type { Look } from '../look'
import type { SourceId } from '../style'
import { faded } from '../tokens'
import { shown, type Expression, type Spec } from './spec'

/** Where on the ramp each colour begins; the legend paints the same. */
export const RAMP = [
  [0.03, 'heat1', 0.3],
  [0.25, 'heat1', 0.6],
  [0.5, 'heat2', 0.68],
  [0.75, 'heat3', 0.76],
  [1, 'heat4', 0.84],
] as const
/** The engine's kernel is 0.4 high: with this a point of weight 1 alone reaches the end of the ramp. */
const KERNEL = 2.5

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
        6,
        18,
        384,
      ] as unknown as Expression,
      'heatmap-intensity': KERNEL,
      'heatmap-color': ramp(look),
      'heatmap-opacity': 0.85,
    },
  }
}

export const heat = (look: Look): Spec[] => [
  one(look, 'heat_risk', 'heat-risk'),
  one(look, 'heat_crowd', 'heat-crowd'),
]
