/** From what the server says to what the sources hold. Pure. */
import type { Feature as GeoFeature, Geometry } from 'geojson'

import type { AreaCollection, AreaFeature, BuildingFeature, FloorsOut } from '@/api/schema'

import { LIFT_M } from './layers/buildings'

export type Feature = GeoFeature<Geometry, Record<string, unknown>>
export interface Collection {
  type: 'FeatureCollection'
  features: Feature[]
}

export const collection = (features: Feature[] = []): Collection => ({ type: 'FeatureCollection', features })

export function point(lon: number, lat: number, properties: Record<string, unknown>): Feature {
  return { type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties }
}

/** The outer line of each polygon, where two rings share a border each is still drawn once. */
function rim(feature: AreaFeature): Feature[] {
  const geometry = feature.geometry
  if (!geometry) return []
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
  return polygons.map((polygon) => ({
    type: 'Feature',
    geometry: { type: 'LineString', coordinates: polygon[0]! },
    properties: flat(feature),
  }))
}

/** A style's expression reads no nested property: what it needs of `attrs` stands beside the others. */
function flat(feature: AreaFeature): Record<string, unknown> {
  const { attrs, code, name_zh, name_en, kind } = feature.properties
  return { code, name_zh, name_en, kind, ...(attrs.colour ? { colour: attrs.colour } : {}) }
}

/** Areas as polygons, with a point for the name of each, and of rings the outer line alone. */
export function areaFeatures(areas: AreaCollection): Collection {
  const features: Feature[] = []
  for (const area of areas.features) {
    if (!area.geometry) continue
    const properties = flat(area)
    features.push({ type: 'Feature', geometry: area.geometry as Geometry, properties })
    if (area.properties.kind === 'ring') features.push(...rim(area))
    else if (area.properties.lx !== null && area.properties.ly !== null)
      features.push(point(area.properties.lx, area.properties.ly, properties))
  }
  return collection(features)
}

/** The floors of one tower as stacked slices; those from the chosen one's ceiling up are lifted once, together. */
export function floorFeatures(building: BuildingFeature, floors: FloorsOut, chosen: number): Collection {
  return collection(
    floors.floors.map((floor) => {
      const base = floor.base_m + (floor.number > chosen ? LIFT_M : 0)
      return {
        type: 'Feature',
        geometry: building.geometry as Geometry,
        // A slit between two floors, so that they can be counted.
        properties: { number: floor.number, chosen: floor.number === chosen, base, top: base + floor.height_m * 0.86 },
      }
    }),
  )
}
