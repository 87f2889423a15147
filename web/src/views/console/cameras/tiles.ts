/** Which cameras the wall shows: narrowed how, on which page. Pure; the address holds all of it. */
import type { BindingOut, CameraOut } from '@/api/schema'

export const SIZES = [4, 9, 16] as const
export type Size = (typeof SIZES)[number]
export const STATES = ['analysed', 'degraded', 'blind', 'waiting', 'paused', 'off', 'out'] as const
export type TileState = (typeof STATES)[number]

export interface WallFilters {
  area: string
  place: string
  health: string
  state: string
  preset: string
  text: string
  /** Only cameras that an algorithm is bound to; the others are many, and nobody analyses them. */
  bound: boolean
  size: Size
  page: number
}

type Query = Record<string, unknown>
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

export function filtersOf(query: Query): WallFilters {
  const size = Number(query.tiles)
  const page = Number(query.page)
  return {
    area: text(query.area),
    place: text(query.place),
    health: text(query.health),
    state: text(query.state),
    preset: text(query.preset),
    text: text(query.q),
    bound: query.all !== '1',
    size: (SIZES as readonly number[]).includes(size) ? (size as Size) : 9,
    page: Number.isInteger(page) && page > 0 ? page : 1,
  }
}

export function queryOf(filters: WallFilters): Record<string, string> {
  const query: Record<string, string> = {}
  for (const key of ['area', 'place', 'health', 'state', 'preset'] as const)
    if (filters[key]) query[key] = filters[key]
  if (filters.text) query.q = filters.text
  if (!filters.bound) query.all = '1'
  if (filters.size !== 9) query.tiles = String(filters.size)
  if (filters.page > 1) query.page = String(filters.page)
  return query
}

/** A camera that is out of service is nobody's to analyse, whatever was said of it before. */
export const stateOf = (camera: CameraOut): TileState => (camera.in_service ? camera.analysis.state : 'out')

/** Whether what happens there is seen by an algorithm now. */
export const analysed = (camera: CameraOut): boolean => ['analysed', 'degraded'].includes(stateOf(camera))

/** Whether an algorithm runs: switched on, not suppressed, and nothing that its worker lacks. */
export const runState = (
  one: Pick<BindingOut, 'enabled' | 'paused_until' | 'problem'>,
  now: number,
): 'off' | 'paused' | 'cannot' | 'runs' => {
  if (!one.enabled) return 'off'
  if (one.paused_until && Date.parse(one.paused_until) > now) return 'paused'
  return one.problem ? 'cannot' : 'runs'
}
export const runs = (one: BindingOut, now: number): boolean => runState(one, now) === 'runs'

/** What a worker said of the picture; the empty word where nobody has said anything. */
export const healthOf = (camera: CameraOut): string => camera.analysis.health

export function narrow(
  cameras: readonly CameraOut[],
  filters: WallFilters,
  presets: ReadonlyMap<string, readonly string[]>,
): CameraOut[] {
  const wanted = filters.text.trim().toLowerCase()
  return cameras.filter(
    (camera) =>
      (!filters.place || camera.place === filters.place) &&
      (!filters.state || stateOf(camera) === filters.state) &&
      (!filters.health || (healthOf(camera) || 'unknown') === filters.health) &&
      (!filters.preset || (presets.get(camera.code) ?? []).includes(filters.preset)) &&
      (!wanted ||
        [camera.code, camera.name_zh, camera.name_en].some((word) => word.toLowerCase().includes(wanted))),
  )
}

/** Those that need somebody first: not analysed though held, analysed badly, then waiting for a worker, then the others, each by code. */
export function order(cameras: readonly CameraOut[]): CameraOut[] {
  const rank = (camera: CameraOut): number =>
    (({ blind: 0, degraded: 1, waiting: 2, analysed: 3, paused: 4, off: 5, out: 6 }) as const)[
      stateOf(camera)
    ]
  return [...cameras].sort((a, b) => rank(a) - rank(b) || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0))
}

export interface PageOf<T> {
  rows: T[]
  page: number
  pages: number
  from: number
  until: number
}

/** One page of them. A page that is not there any more is the last one: cameras go while somebody looks. */
export function pageOf<T>(rows: readonly T[], size: number, wanted: number): PageOf<T> {
  const pages = Math.max(1, Math.ceil(rows.length / size))
  const page = Math.min(pages, Math.max(1, wanted))
  const from = (page - 1) * size
  const shown = rows.slice(from, from + size)
  return { rows: shown, page, pages, from: shown.length ? from + 1 : 0, until: from + shown.length }
}
