/** The whole style as a pure function of the look. The order of layers never changes; the look changes what they say. */
import type { SourceSpecification, StyleSpecification } from 'maplibre-gl'

import { areaNames, areas, ringTint } from './layers/areas'
import { buildingNames, buildings } from './layers/buildings'
import { ground, groundNames } from './layers/ground'
import { heat } from './layers/heat'
import type { Spec } from './layers/spec'
import { chosenThing, incidents, measure, things } from './layers/things'
import { lift, type Look } from './look'

/** Every GeoJSON source; empty until its file is there. */
export const SOURCES = [
  'base',
  'areas',
  'grid3',
  'micro',
  'dedicated',
  'dedicated_micro',
  'beat',
  'scene',
  'buildings',
  'floors',
  'assets',
  'posts',
  'cases',
  'incidents',
  'heat-risk',
  'heat-crowd',
  'chosen',
  'measure',
] as const
export type SourceId = (typeof SOURCES)[number]

/** Live points are drawn right under this layer: names always stand above points. */
export const POINTS_BELOW = 'road-names'

/** Layers come and go at zooms that are meant for a desk; larger screens shift them all. */
function shifted(spec: Spec, by: number): Spec {
  const { minzoom, maxzoom } = spec
  return {
    ...spec,
    ...(minzoom ? { minzoom: Math.min(24, minzoom + by) } : {}),
    ...(maxzoom ? { maxzoom: Math.min(24, maxzoom + by) } : {}),
  }
}

export function layers(look: Look): Spec[] {
  const by = lift(look)
  return drawn(look).map((spec) => shifted(spec, by))
}

function drawn(look: Look): Spec[] {
  const chosen = chosenThing(look)
  return [
    ...ground(look, ringTint(look)),
    ...heat(look),
    ...areas(look),
    ...chosen.under,
    ...buildings(look),
    // Live points come here.
    ...groundNames(look),
    ...buildingNames(look),
    ...areaNames(look),
    ...chosen.over,
    ...things(look),
    ...incidents(look),
    ...measure(look),
  ]
}

const empty = (): SourceSpecification => ({
  type: 'geojson',
  data: { type: 'FeatureCollection', features: [] },
  maxzoom: 16,
  tolerance: 0.2,
})

/** No `glyphs` and no `sprite`: names come from fonts of the machine, marks are drawn by the page, nothing is fetched. */
export function style(look: Look): StyleSpecification {
  return {
    version: 8,
    name: 'chengyun',
    light: { anchor: 'viewport', intensity: 0.25, position: [1.3, 210, 35] },
    sources: Object.fromEntries(SOURCES.map((id) => [id, empty()])),
    layers: layers(look),
  }
}
