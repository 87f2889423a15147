/** What is open inside an area: by the tree where the area is part of it, by the ground where it lies over the grids. Pure. */
import type { AreaFeature } from '@/api/schema'
import { holds } from '@/map/geometry'

interface Row {
  path: string
  lon: number | null
  lat: number | null
}
const OVERLAYS: readonly string[] = ['ring', 'beat', 'scene']

export function inside(area: AreaFeature, row: Row): boolean {
  if (row.path.startsWith(area.properties.path)) return true
  if (!OVERLAYS.includes(area.properties.kind) || row.lon === null || row.lat === null) return false
  return !!area.geometry && holds(area.geometry, row.lon, row.lat)
}
