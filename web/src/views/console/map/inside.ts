/** What is open inside an area: by the tree where the area is part of it, by the ground where it lies over the grids. Pure. */
import type { AreaFeature } from '@/api/schema'

interface Row {
  path: string
  lon: number | null
  lat: number | null
}
type Ring = readonly (readonly number[])[]

function crosses(ring: Ring, lon: number, lat: number): boolean {
  let inside = false
  for (let n = 0, last = ring.length - 1; n < ring.length; last = n++) {
    const [ax, ay] = ring[n] as [number, number]
    const [bx, by] = ring[last] as [number, number]
    if (ay > lat !== by > lat && lon < ((bx - ax) * (lat - ay)) / (by - ay) + ax) inside = !inside
  }
  return inside
}

/** Whether a point lies in a polygon (holes are outside), or in any of several. */
export function holds(geometry: AreaFeature['geometry'], lon: number, lat: number): boolean {
  if (!geometry) return false
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
  return polygons.some(
    ([outer, ...holes]) =>
      !!outer && crosses(outer, lon, lat) && !holes.some((hole) => crosses(hole, lon, lat)),
  )
}

const OVERLAYS: readonly string[] = ['ring', 'beat', 'scene']

export function inside(area: AreaFeature, row: Row): boolean {
  if (row.path.startsWith(area.properties.path)) return true
  if (!OVERLAYS.includes(area.properties.kind) || row.lon === null || row.lat === null) return false
  return holds(area.geometry, row.lon, row.lat)
}
