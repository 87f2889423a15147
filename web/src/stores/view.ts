/** What is looked at: the selection, the camera, the layers. The address holds it, so that a link shows the same. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, watch } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

export type SelectionKind = 'incident' | 'alert' | 'case' | 'asset' | 'area' | 'building' | 'post'
export interface Selection {
  kind: SelectionKind
  /** The number of a row, or the code of a thing. */
  id: string
}

/** Degrees WGS-84; zoom as the map engine counts it. */
export interface Camera {
  lon: number
  lat: number
  zoom: number
  pitch: number
  bearing: number
}

/** The names under which the server keeps them with the user's preferences. */
export const LAYERS = [
  'ring',
  'grid2',
  'grid3',
  'micro',
  'dedicated',
  'dedicated_micro',
  'beat',
  'scene',
  'buildings',
  'blocks',
  'labels',
  'points',
  'cameras',
  'counters',
  'gauges',
  'gates',
  'screens',
  'parking',
  'other_assets',
  'posts',
  'incidents',
  'cases',
  'heat_risk',
  'heat_crowd',
] as const
export type LayerId = (typeof LAYERS)[number]
export const LAYERS_ON: readonly LayerId[] = [
  'ring', 'grid2', 'grid3', 'micro', 'buildings', 'blocks', 'labels', 'points', 'posts', 'incidents',
] // prettier-ignore

const KINDS: readonly string[] = ['incident', 'alert', 'case', 'asset', 'area', 'building', 'post']

export function parseSelection(text: unknown): Selection | null {
  if (typeof text !== 'string') return null
  const colon = text.indexOf(':')
  const kind = text.slice(0, colon)
  const id = text.slice(colon + 1)
  return colon > 0 && id && KINDS.includes(kind) ? { kind: kind as SelectionKind, id } : null
}

export function parseCamera(text: unknown): Camera | null {
  if (typeof text !== 'string') return null
  const parts = text.split(',').map(Number)
  if (parts.length !== 5 || !parts.every(Number.isFinite)) return null
  const [lon, lat, zoom, pitch, bearing] = parts as [number, number, number, number, number]
  if (Math.abs(lon) > 180 || Math.abs(lat) > 85 || zoom < 0 || zoom > 24 || pitch < 0 || pitch > 85)
    return null
  return { lon, lat, zoom, pitch, bearing }
}

export function parseFloor(text: unknown): number | null {
  const floor = typeof text === 'string' ? Number(text) : NaN
  return Number.isInteger(floor) && floor > 0 && floor < 500 ? floor : null
}

export const cameraText = (c: Camera): string =>
  [c.lon.toFixed(5), c.lat.toFixed(5), c.zoom.toFixed(2), c.pitch.toFixed(0), c.bearing.toFixed(0)].join(',')

export const useView = defineStore('view', () => {
  const selection = ref<Selection | null>(null)
  const camera = ref<Camera | null>(null)
  const layers = ref<Set<LayerId>>(new Set(LAYERS_ON))
  /** The floor that is looked at while the chosen tower is cut open; null: it stands closed. */
  const floor = ref<number | null>(null)
  /** Bumped to ask the map to go to the selection (a click in a list), as against a click in the map itself. */
  const flights = ref(0)
  /** A point to go to that is no thing to select: a road, a lake. */
  const target = ref<{ lon: number; lat: number } | null>(null)

  const selectionText = computed(() =>
    selection.value ? `${selection.value.kind}:${selection.value.id}` : undefined,
  )

  function select(kind: SelectionKind, id: string | number, options: { fly?: boolean } = {}): void {
    if (!isSelected(kind, id)) floor.value = null
    selection.value = { kind, id: String(id) }
    if (options.fly !== false) flights.value++
  }
  function lookAt(lon: number, lat: number): void {
    target.value = { lon, lat }
  }
  function clear(): void {
    selection.value = null
    floor.value = null
  }
  const isSelected = (kind: SelectionKind, id: string | number): boolean =>
    selection.value?.kind === kind && selection.value.id === String(id)

  function toggle(layer: LayerId, on = !layers.value.has(layer)): void {
    const next = new Set(layers.value)
    if (on) next.add(layer)
    else next.delete(layer)
    layers.value = next
  }

  function fromQuery(query: LocationQuery): void {
    const chosen = parseSelection(query.sel)
    if (chosen?.kind !== selection.value?.kind || chosen?.id !== selection.value?.id) {
      selection.value = chosen
      // A link that says from where to look is looked at from there.
      if (chosen && !parseCamera(query.c)) flights.value++
    }
    floor.value = parseFloor(query.f)
    camera.value = parseCamera(query.c) ?? camera.value
    if (typeof query.l === 'string')
      layers.value = new Set(query.l.split(',').filter((id): id is LayerId => LAYERS.includes(id as LayerId)))
  }

  function toQuery(): Record<string, string> {
    const query: Record<string, string> = {}
    if (selectionText.value) query.sel = selectionText.value
    if (floor.value !== null) query.f = String(floor.value)
    if (camera.value) query.c = cameraText(camera.value)
    const on = [...layers.value].sort().join(',')
    if (on !== [...LAYERS_ON].sort().join(',')) query.l = on
    return query
  }

  return {
    selection,
    camera,
    layers,
    floor,
    flights,
    target,
    lookAt,
    selectionText,
    select,
    clear,
    isSelected,
    toggle,
    fromQuery,
    toQuery,
  }
})

/** What of the address is the view's; the rest (a replay's moment) belongs to others. */
const OURS: readonly string[] = ['sel', 'f', 'c', 'l']

/** Keep the address of a page and the view store in step. For the page that shows the map. */
export function useViewInAddress(): void {
  const view = useView()
  const route = useRoute()
  const router = useRouter()
  const ours = (query: LocationQuery): string => OURS.map((name) => query[name] ?? '').join('&')
  /** What was put there from here: it says nothing new, and the view may have gone on since. */
  let put = ''
  view.fromQuery(route.query)
  // Another's part of the address (a replay's moment) may change at any time: it must not take back what was just chosen.
  watch([() => route.name, () => ours(route.query)], ([name, text]) => {
    if (name === 'map' && text === put) return
    put = ''
    if (name === 'map') view.fromQuery(route.query)
  })
  // Somebody who is on the way to another page must not be called back by the address of this one.
  let leaving = false
  onScopeDispose(router.beforeEach((to) => void (leaving = to.name !== 'map')))
  onScopeDispose(router.afterEach(() => void (leaving = false)))
  let timer = 0
  watch([() => view.selectionText, () => view.floor, () => view.camera, () => view.layers], () => {
    clearTimeout(timer)
    timer = window.setTimeout(() => {
      if (route.name !== 'map' || leaving) return
      const rest = Object.fromEntries(Object.entries(route.query).filter(([name]) => !OURS.includes(name)))
      const query = { ...rest, ...view.toQuery() }
      put = ours(query)
      void router.replace({ query })
    }, 250)
  })
}
