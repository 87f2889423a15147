/** From what the server says to what the sources hold. Pure. */
import type { Feature as GeoFeature, Geometry } from 'geojson'

import type {
  AlertRow, AreaCollection, AreaFeature, AssetCollection, BaseCollection, BuildingCollection, BuildingFeature, CaseRow, FloorsOut, HeatOut, IncidentRow, PostPlaceOut,
} from '@/api/schema' // prettier-ignore

import type { Points } from '@/live/points'

import { namePoint, type PolygonLike } from './geometry'
import { assetMark, STAGES } from './images'
import { LIFT_M } from './layers/buildings'
import { layerOfAsset } from './layers/things'

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

/** Polygons with a name are labelled once, at a point of their own: cut into tiles each piece would bear the name. */
function withNamePoints<P extends { name_zh?: string | null }>(
  features: readonly { geometry: { type: string; coordinates: unknown }; properties: P }[],
): Collection {
  const found: Feature[] = []
  for (const { geometry, properties } of features) {
    found.push({ type: 'Feature', geometry: geometry as Geometry, properties: properties as never })
    if (!properties.name_zh || !geometry.type.endsWith('Polygon')) continue
    const at = namePoint(geometry as PolygonLike)
    if (at) found.push(point(at[0], at[1], properties as never))
  }
  return collection(found)
}

export const baseFeatures = (base: BaseCollection): Collection => withNamePoints(base.features)

export const buildingFeatures = (buildings: BuildingCollection): Collection =>
  withNamePoints(
    buildings.features.map(({ geometry, properties: { code, name_zh, name_en, kind, height_m } }) => ({
      geometry,
      properties: { code, name_zh, name_en, kind, height_m },
    })),
  )

/** The floors of one tower as stacked slices; those from the chosen one's ceiling up are lifted once, together. */
export function floorFeatures(building: BuildingFeature, floors: FloorsOut, chosen: number): Collection {
  return collection(
    floors.floors.map((floor) => {
      const base = floor.base_m + (floor.number > chosen ? LIFT_M : 0)
      return {
        type: 'Feature',
        geometry: building.geometry as Geometry,
        // A slit between two floors, so that they can be counted.
        properties: {
          number: floor.number,
          chosen: floor.number === chosen,
          base,
          top: base + floor.height_m * 0.86,
        },
      }
    }),
  )
}

type Place = (area: string) => readonly [number, number] | null

/** Where a row stands: its own place, or where its area's name is written. */
function placed(
  row: { lon: number | null; lat: number | null; area: string },
  place: Place,
): readonly [number, number] | null {
  return row.lon !== null && row.lat !== null ? [row.lon, row.lat] : place(row.area)
}

/** Open incidents; those at one place become one mark with the worst level and how many they are. `next` goes round them. */
export function incidentFeatures(
  rows: readonly IncidentRow[],
  place: Place,
  chosen: string | null,
): Collection {
  const spots = new Map<string, { at: readonly [number, number]; rows: IncidentRow[] }>()
  for (const row of rows) {
    const at = row.state === 'open' ? placed(row, place) : null
    if (!at) continue
    const key = `${at[0].toFixed(5)},${at[1].toFixed(5)}`
    const spot = spots.get(key)
    if (spot) spot.rows.push(row)
    else spots.set(key, { at, rows: [row] })
  }
  return collection(
    [...spots.values()].map(({ at, rows: together }) => {
      together.sort((a, b) => a.level - b.level || b.id - a.id)
      const now = together.findIndex((row) => String(row.id) === chosen)
      const top = together[0]!
      return point(at[0], at[1], {
        id: String((together[now + 1] ?? top).id),
        level: top.level,
        new: together.some((row) => row.unacknowledged > 0),
        count: together.length,
        chosen: now >= 0,
        name_zh: top.name_zh,
        name_en: top.name_en,
      })
    }),
  )
}

/** A flood must not make the whole city blink: the worst few are enough to say that there is one. */
const MOST_PULSES = 12

export function pulsing(incidents: Collection): { at: [number, number]; level: number }[] {
  return incidents.features
    .filter(({ properties }) => properties.new)
    .map(({ geometry, properties }) => ({
      at: (geometry as { coordinates: number[] }).coordinates as [number, number],
      level: Number(properties.level),
    }))
    .sort((a, b) => a.level - b.level)
    .slice(0, MOST_PULSES)
}

const STAGE_OF: Record<string, (typeof STAGES)[number]> = {
  reported: 'report', pending_check: 'report', returned_filing: 'report', filed: 'dispatch', returned: 'dispatch',
  dispatched: 'sign', signed: 'handle', handling: 'handle', settled: 'check', verified: 'check', suspended: 'hold',
} // prettier-ignore
const SOON_MS = 30 * 60_000

export function caseFeatures(rows: readonly CaseRow[], place: Place, now: number): Collection {
  const features: Feature[] = []
  for (const row of rows) {
    const at = row.open ? placed(row, place) : null
    if (!at) continue
    const left = row.due_at ? Date.parse(row.due_at) - now : Infinity
    features.push(
      point(at[0], at[1], {
        id: String(row.id),
        stage: STAGE_OF[row.state] ?? 'handle',
        pace: left < 0 ? 'late' : left < SOON_MS ? 'soon' : 'calm',
        name_zh: row.kind_zh,
        name_en: row.kind_en,
      }),
    )
  }
  return collection(features)
}

export const postFeatures = (posts: readonly PostPlaceOut[]): Collection =>
  collection(
    posts.map(({ lon, lat, code, name_zh, name_en, manned }) =>
      point(lon, lat, { code, name_zh, name_en, manned }),
    ),
  )

/** What is abnormal about an asset, worst first: an alert of it, taken out of service, all its streams silent. */
export function assetState(inService: boolean, alerting: boolean, silent: boolean | undefined): string {
  return alerting ? 'alert' : !inService ? 'out' : silent ? 'silent' : 'normal'
}

export function assetFeatures(
  assets: AssetCollection,
  silent: ReadonlyMap<string, boolean>,
  levels: ReadonlyMap<string, number>,
): Collection {
  return collection(
    assets.features.map(({ geometry, properties: { code, kind, name_zh, name_en, in_service } }) =>
      point(geometry.coordinates[0]!, geometry.coordinates[1]!, {
        code,
        name_zh,
        name_en,
        kind: assetMark(kind),
        layer: layerOfAsset(kind),
        state: assetState(in_service, levels.has(code), silent.get(code)),
      }),
    ),
  )
}

/** The worst level of the open alerts at each asset; paused and suppressed ones do not count. */
export function levelsByAsset(alerts: readonly AlertRow[]): Map<string, number> {
  const levels = new Map<string, number>()
  for (const alert of alerts)
    if (alert.asset && alert.open && !alert.hidden && !alert.cleared_at)
      levels.set(alert.asset, Math.min(levels.get(alert.asset) ?? 9, alert.level))
  return levels
}

/** Whether all streams of an asset are silent; an asset without streams is not in it. */
export function silentAssets(points: Points, now: number): Map<string, boolean> {
  const found = new Map<string, boolean>()
  points.table.assets.forEach((asset, place) => {
    if (asset) found.set(asset, (found.get(asset) ?? true) && points.silent(place, now))
  })
  return found
}

export const heatFeatures = (heat: HeatOut): Collection =>
  collection(heat.points.map(({ lon, lat, weight }) => point(lon, lat, { weight })))
