/** Plane and sphere geometry of the map. Degrees WGS-84 in, metres out. Pure. */
export type LonLat = readonly [number, number]
/** West, south, east, north. */
export type Box = readonly [number, number, number, number]

const EARTH_M = 6_371_008.8
const rad = (degrees: number): number => (degrees * Math.PI) / 180

/** Great-circle distance in metres (haversine). */
export function distance(a: LonLat, b: LonLat): number {
  const dLat = rad(b[1] - a[1])
  const dLon = rad(b[0] - a[0])
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a[1])) * Math.cos(rad(b[1])) * Math.sin(dLon / 2) ** 2
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)))
}

export function length(line: readonly LonLat[]): number {
  let sum = 0
  for (let n = 1; n < line.length; n++) sum += distance(line[n - 1]!, line[n]!)
  return sum
}

/** Area of a polygon on the sphere in m2, whichever way it runs; 0 with fewer than three corners. */
export function area(ring: readonly LonLat[]): number {
  if (ring.length < 3) return 0
  let sum = 0
  for (let n = 0; n < ring.length; n++) {
    const a = ring[n]!
    const b = ring[(n + 1) % ring.length]!
    sum += rad(b[0] - a[0]) * (2 + Math.sin(rad(a[1])) + Math.sin(rad(b[1])))
  }
  return Math.abs((sum * EARTH_M * EARTH_M) / 2)
}

type Coordinates = readonly unknown[]

/** The box around any GeoJSON coordinates, or null where there are none. */
export function box(coordinates: Coordinates): Box | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity]
  const visit = (part: Coordinates): void => {
    if (typeof part[0] === 'number') {
      const [lon, lat] = part as unknown as LonLat
      west = Math.min(west, lon)
      east = Math.max(east, lon)
      south = Math.min(south, lat)
      north = Math.max(north, lat)
    } else for (const inner of part) visit(inner as Coordinates)
  }
  visit(coordinates)
  return west <= east ? [west, south, east, north] : null
}

export const middle = (b: Box): LonLat => [(b[0] + b[2]) / 2, (b[1] + b[3]) / 2]

/** Ground that one CSS pixel covers, in metres, at a latitude and zoom (512 px tiles). */
export const metresPerPixel = (lat: number, zoom: number): number =>
  (Math.cos(rad(lat)) * 2 * Math.PI * EARTH_M) / (512 * 2 ** zoom)

/** The longest round length (1, 2, 5 x 10^n metres) that fits into so many pixels, and how many it takes. */
export function scaleBar(perPixel: number, most: number): { metres: number; pixels: number } {
  const limit = perPixel * most
  const power = 10 ** Math.floor(Math.log10(limit))
  const metres = [5, 2, 1].map((n) => n * power).find((length) => length <= limit) ?? power
  return { metres, pixels: metres / perPixel }
}

/** Web Mercator 0..1, as the map engine's matrices take it. */
export function mercator([lon, lat]: LonLat): [number, number] {
  return [(180 + lon) / 360, (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + rad(lat) / 2))) / 360]
}

type Ring = readonly (readonly number[])[]
export interface PolygonLike {
  type: 'Polygon' | 'MultiPolygon'
  coordinates: readonly unknown[]
}
const polygonsOf = ({ type, coordinates }: PolygonLike): readonly (readonly Ring[])[] =>
  (type === 'Polygon' ? [coordinates] : coordinates) as readonly (readonly Ring[])[]

/** Where a line of latitude crosses rings, from west to east. */
function crossings(rings: readonly Ring[], lat: number): number[] {
  const found: number[] = []
  for (const ring of rings)
    for (let n = 0, last = ring.length - 1; n < ring.length; last = n++) {
      const [ax, ay] = ring[n] as [number, number]
      const [bx, by] = ring[last] as [number, number]
      if (ay > lat !== by > lat) found.push(((bx - ax) * (lat - ay)) / (by - ay) + ax)
    }
  return found.sort((a, b) => a - b)
}

/** Whether a point lies in a polygon (holes are outside), or in any of several. */
export const holds = (geometry: PolygonLike, lon: number, lat: number): boolean =>
  polygonsOf(geometry).some((rings) => crossings(rings, lat).filter((x) => x < lon).length % 2 === 1)

/** A point inside for a name: half way along the widest stretch at middle latitude. */
export function namePoint(geometry: PolygonLike): LonLat | null {
  const around = box(geometry.coordinates)
  if (!around) return null
  // A hair off the middle, so that no corner lies on the line.
  const lat = (around[1] + around[3]) / 2 + 1e-9
  let best: [number, number] | null = null
  for (const rings of polygonsOf(geometry)) {
    const xs = crossings(rings, lat)
    for (let n = 0; n + 1 < xs.length; n += 2)
      if (!best || xs[n + 1]! - xs[n]! > best[1] - best[0]) best = [xs[n]!, xs[n + 1]!]
  }
  return best && [(best[0] + best[1]) / 2, lat]
}
