/** A click selects the uppermost thing under it: what needs a person first, then things, towers, at last the ground's grid. */
import { watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'

import { useLive } from '@/stores/live'
import { useView, type SelectionKind } from '@/stores/view'

import type { MapEngine } from './engine'
import { gridAt } from './layers/areas'
import { lift, type Look } from './look'

/** In this order, whichever lies on top of the other. */
export const MARKS: readonly { kind: SelectionKind; layers: readonly string[]; key: 'id' | 'code' }[] = [
  { kind: 'incident', layers: ['incident-marks'], key: 'id' },
  { kind: 'case', layers: ['case-marks'], key: 'id' },
  { kind: 'asset', layers: ['asset-abnormal'], key: 'code' },
  { kind: 'post', layers: ['post-marks', 'post-dots'], key: 'code' },
  { kind: 'asset', layers: ['asset-marks', 'asset-dots'], key: 'code' },
]
const ALL = MARKS.flatMap((mark) => mark.layers)
/** Looking under the pointer is not free: so often at most. */
const HOVER_MS = 120

export function useClicks(
  engine: ShallowRef<MapEngine | null>,
  look: ComputedRef<Look>,
  measuring: Ref<boolean>,
): void {
  const view = useView()
  const live = useLive()

  function marked(map: MapEngine, at: [number, number]): { kind: SelectionKind; id: string } | null {
    const found = map.at(at, ALL)
    for (const { kind, layers, key } of MARKS) {
      const hit = found.find((one) => layers.includes(one.layer))
      if (hit) return { kind, id: String(hit.properties[key]) }
    }
    const place = map.points.pick(at)
    const asset = place >= 0 ? live.store.points.table.assets[place] : null
    return asset ? { kind: 'asset', id: asset } : null
  }

  function ground(map: MapEngine, at: [number, number]): void {
    const floor = map.at(at, ['floors'], 0)[0]
    if (floor) return void (view.floor = Number(floor.properties.number))
    const tower = map.at(at, ['buildings'], 0)[0]
    if (tower) return view.select('building', String(tower.properties.code), { fly: false })
    const zoom = map.map.getZoom() - lift(look.value)
    const grids = ['scene', 'dedicated_micro', 'dedicated', gridAt(zoom, view.layers), 'beat']
    for (const grid of grids) {
      const hit = grid && map.at(at, [`${grid}-fill`], 0)[0]
      if (hit) return view.select('area', String(hit.properties.code), { fly: false })
    }
    view.clear()
  }

  watch(engine, (map) => {
    if (!map) return
    map.map.on('click', ({ point }) => {
      if (measuring.value) return
      const at: [number, number] = [point.x, point.y]
      const hit = marked(map, at)
      if (hit) view.select(hit.kind, hit.id, { fly: false })
      else ground(map, at)
    })
    let last = 0
    map.map.on('mousemove', ({ point }) => {
      const now = performance.now()
      if (measuring.value || now - last < HOVER_MS || map.map.isMoving()) return
      last = now
      const at: [number, number] = [point.x, point.y]
      map.map.getCanvas().style.cursor =
        map.at(at, [...ALL, 'buildings', 'floors']).length || map.points.pick(at) >= 0 ? 'pointer' : ''
    })
  })
}
