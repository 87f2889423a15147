/** Shows what is selected, wherever it was selected; and goes there when a list or a search asked for it. */
import { watch, type ComputedRef, type ShallowRef } from 'vue'

import { api, data } from '@/api/client'
import { useLive } from '@/stores/live'
import { useView, type Selection } from '@/stores/view'

import { atlas } from './atlas'
import type { MapEngine } from './engine'
import { collection, floorFeatures, point, type Feature } from './features'
import { box, middle, type LonLat } from './geometry'
import { lift, type Look } from './look'
import { labelPlace } from './useSources'

/** How near one goes to a single thing, and how much the panel on the right covers (in rem). */
const NEAR_ZOOM = 16.2
export const PANEL_REM = 26

export function useChosen(engine: ShallowRef<MapEngine | null>, look: ComputedRef<Look>): void {
  const view = useView()
  const live = useLive()

  const near = (): number => NEAR_ZOOM + lift(look.value)

  async function findPoint({ kind, id }: Selection): Promise<LonLat | null> {
    if (kind === 'asset') return (await atlas.findAsset(id))?.geometry.coordinates as unknown as LonLat
    if (kind === 'post') {
      const post = await atlas.findPost(id)
      return post ? [post.lon, post.lat] : null
    }
    if (kind !== 'incident' && kind !== 'alert' && kind !== 'case') return null
    const row = live.store.one(kind, Number(id))
    if (!row) return null
    if (row.lon !== null && row.lat !== null) return [row.lon, row.lat]
    await atlas.findArea(row.area)
    return labelPlace(row.area)
  }

  async function find(selection: Selection): Promise<Feature | null> {
    if (selection.kind === 'area' || selection.kind === 'building') {
      const found = await (selection.kind === 'area'
        ? atlas.findArea(selection.id)
        : atlas.findBuilding(selection.id))
      return found?.geometry
        ? ({ type: 'Feature', geometry: found.geometry, properties: {} } as Feature)
        : null
    }
    const at = await findPoint(selection)
    return at ? point(at[0], at[1], {}) : null
  }

  async function show(flying: boolean): Promise<void> {
    const map = engine.value
    const selection = view.selection
    if (!map) return
    const found = selection ? await find(selection).catch(() => null) : null
    // Another was chosen while this one was looked for.
    if (selection !== view.selection) return
    map.put('chosen', collection(found ? [found] : []))
    if (!found || !flying) return
    const free = PANEL_REM * 16 * look.value.scale
    const geometry = found.geometry as { type: string; coordinates: never }
    if (geometry.type === 'Point') return map.fly(geometry.coordinates, near(), free)
    const around = box(geometry.coordinates)
    if (!around) return
    if (selection?.kind === 'building') map.fly(middle(around), near(), free)
    else map.fit(around, free)
  }

  watch([engine, () => view.target], ([map, target]) => {
    if (!map || !target) return
    map.fly([target.lon, target.lat], near() - 0.6)
    view.target = null
  })

  let flown = 0
  watch(
    // A link may name a row that has not come yet.
    [engine, () => view.selection, () => view.flights, () => live.ready],
    () => {
      const flying = view.flights !== flown
      if (engine.value && live.ready) flown = view.flights
      void show(flying)
    },
    { flush: 'post' },
  )

  let lookedFrom: number | null = null
  let flownTo: string | null = null
  watch([engine, () => look.value.opened], async ([map, opened], [, before]) => {
    if (!map) return
    if (!opened) {
      if (before && lookedFrom !== null) map.map.easeTo({ pitch: lookedFrom })
      lookedFrom = flownTo = null
      return map.put('floors', collection())
    }
    const [tower, floors] = await Promise.all([
      atlas.findBuilding(opened.building),
      data(api.GET('/api/district/buildings/{code}/floors', { params: { path: { code: opened.building } } })),
    ]).catch(() => [undefined, undefined] as const)
    // Another floor was chosen while this one was fetched.
    if (
      !tower ||
      !floors ||
      look.value.opened?.building !== opened.building ||
      look.value.opened.floor !== opened.floor
    )
      return
    map.put('floors', floorFeatures(tower, floors, opened.floor))
    if (flownTo === opened.building) return
    flownTo = opened.building
    lookedFrom = map.map.getPitch()
    const around = atlas.boxOf(tower)
    if (around) map.fly(middle(around), 16.4, PANEL_REM * 16 * look.value.scale, 66)
  })
}
