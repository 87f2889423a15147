/**
 * Zones and lines on a picture, as somebody draws them. Coordinates are 0-1 from the upper left corner. Pure: every change
 * gives new shapes, and what is wrong with one is told by a word that the page says in full.
 */
export type Point = readonly [x: number, y: number]
export interface Shape {
  what: 'zone' | 'line'
  code: string
  points: readonly Point[]
  square_metres: number | null
}
export type Fault = 'few' | 'many' | 'same' | 'crosses' | 'flat' | 'short'

/** The server's own limits: what it refuses is refused here while it is drawn. */
export const MOST_CORNERS = 60
export const MOST_SHAPES = 8
const NEAR = 1 / 40_000
const SHORTEST = 0.01
/** Nearer than this a hand did not mean two corners. */
const SAME = 0.004
const DIGITS = 10_000

const within = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * DIGITS) / DIGITS
export const inside = ([x, y]: Point): Point => [within(x), within(y)]
const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1])

/** The edges as pairs of corners; a line has one. */
export function edges(shape: Shape): [Point, Point][] {
  const { points } = shape
  const last = shape.what === 'line' ? points.length - 1 : points.length
  return Array.from({ length: Math.max(0, last) }, (_, n) => [points[n]!, points[(n + 1) % points.length]!])
}

/** Corners without those that were set twice in one place, as a double click does. */
export function apart(points: readonly Point[]): Point[] {
  const found = points.filter((point, n) => n === 0 || distance(point, points[n - 1]!) >= SAME)
  while (found.length > 1 && distance(found[0]!, found.at(-1)!) < SAME) found.pop()
  return found
}

export function movePoint(shape: Shape, at: number, to: Point): Shape {
  return { ...shape, points: shape.points.map((point, n) => (n === at ? inside(to) : point)) }
}

/** A corner more, after corner `after`: in the middle of that edge where no place is said. */
export function addPoint(shape: Shape, after: number, at?: Point): Shape {
  if (shape.what === 'line' || shape.points.length >= MOST_CORNERS) return shape
  const [a, b] = edges(shape)[after]!
  const place = inside(at ?? [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2])
  return { ...shape, points: [...shape.points.slice(0, after + 1), place, ...shape.points.slice(after + 1)] }
}

/** A corner less; three stay, and a line keeps both ends. */
export function removePoint(shape: Shape, at: number): Shape {
  if (shape.what === 'line' || shape.points.length <= 3) return shape
  return { ...shape, points: shape.points.filter((_, n) => n !== at) }
}

/** All of it by so much, as far as the edge of the picture allows. */
export function moveShape(shape: Shape, dx: number, dy: number): Shape {
  const xs = shape.points.map(([x]) => x)
  const ys = shape.points.map(([, y]) => y)
  const x = Math.min(1 - Math.max(...xs), Math.max(-Math.min(...xs), dx))
  const y = Math.min(1 - Math.max(...ys), Math.max(-Math.min(...ys), dy))
  return { ...shape, points: shape.points.map((point) => inside([point[0] + x, point[1] + y])) }
}

/** A line's `in` is to the right of whoever walks from its first to its second end: turned round, it counts the other way. */
export const turned = (shape: Shape): Shape => ({ ...shape, points: [...shape.points].reverse() })

/** To the right of the way from the first to the second end, one long, as seen on a picture `ratio` times as wide as high. */
export function inward([a, b]: readonly Point[], ratio = 1): Point {
  const dx = (b![0] - a![0]) * ratio
  const dy = b![1] - a![1]
  const length = Math.hypot(dx, dy) || 1
  return [-dy / length, dx / length]
}

function side(p: Point, q: Point, r: Point): number {
  return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
}
function onto(p: Point, q: Point, r: Point): boolean {
  return (
    Math.min(p[0], q[0]) <= r[0] &&
    r[0] <= Math.max(p[0], q[0]) &&
    Math.min(p[1], q[1]) <= r[1] &&
    r[1] <= Math.max(p[1], q[1])
  )
}
function meet(a: Point, b: Point, c: Point, d: Point): boolean {
  const one = side(c, d, a)
  const two = side(c, d, b)
  const three = side(a, b, c)
  const four = side(a, b, d)
  if (one && two && three && four) return one > 0 !== two > 0 && three > 0 !== four > 0
  return (
    (one === 0 && onto(c, d, a)) ||
    (two === 0 && onto(c, d, b)) ||
    (three === 0 && onto(a, b, c)) ||
    (four === 0 && onto(a, b, d))
  )
}

/** The edges that meet another which is not their neighbour, by number: they are drawn in the colour of a fault. */
export function crossing(shape: Shape): Set<number> {
  const all = edges(shape)
  const found = new Set<number>()
  if (shape.what === 'line') return found
  for (let i = 0; i < all.length; i++)
    for (let j = i + 2; j < all.length; j++) {
      if (i === 0 && j === all.length - 1) continue
      if (meet(...all[i]!, ...all[j]!)) found.add(i).add(j)
    }
  return found
}

const area = (points: readonly Point[]): number =>
  Math.abs(
    points.reduce((sum, a, n) => {
      const b = points[(n + 1) % points.length]!
      return sum + a[0] * b[1] - b[0] * a[1]
    }, 0),
  ) / 2

/** What is wrong with a shape; null where the server will take it. */
export function faultOf(shape: Shape): Fault | null {
  const { points } = shape
  if (shape.what === 'line')
    return points.length !== 2 || distance(points[0]!, points[1]!) < SHORTEST ? 'short' : null
  if (points.length < 3) return 'few'
  if (points.length > MOST_CORNERS) return 'many'
  if (edges(shape).some(([a, b]) => distance(a, b) < NEAR)) return 'same'
  if (crossing(shape).size > 0) return 'crosses'
  return area(points) < 1e-6 ? 'flat' : null
}

/** A code that none of them has: z1, z2 ... or l1, l2 ... */
export function freeCode(shapes: readonly Shape[], what: Shape['what']): string {
  const taken = new Set(shapes.map((shape) => shape.code))
  for (let n = 1; ; n++) {
    const code = `${what === 'zone' ? 'z' : 'l'}${n}`
    if (!taken.has(code)) return code
  }
}

/** What to begin with where nobody has a mouse: a rectangle, or a line, in the middle of the picture. */
export function plain(shapes: readonly Shape[], what: Shape['what']): Shape {
  const shift = Math.min(shapes.length, 5) * 0.03
  const [a, b] = [0.3 + shift, 0.7 + shift]
  const points: Point[] = what === 'zone' ? [[a, a], [b, a], [b, b], [a, b]] : [[a, 0.5 + shift], [b, 0.5 + shift]] // prettier-ignore
  return { what, code: freeCode(shapes, what), points: points.map(inside), square_metres: null }
}
