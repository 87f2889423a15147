/** Fills the map's sources: what is needed for the first sight at once, the rest when it is looked at. */
import { ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'

import type { LayerId } from '@/stores/view'

import { atlas, type AreaFile } from './atlas'
import type { MapEngine } from './engine'
import { areaFeatures } from './features'
import type { Look } from './look'

/** From which zoom on a layer that is switched on is worth fetching. */
const LAZY: Record<Exclude<AreaFile, 'areas'>, { layer: LayerId; zoom: number }> = {
  grid3: { layer: 'grid3', zoom: 14.2 },
  micro: { layer: 'micro', zoom: 15.6 },
  dedicated: { layer: 'dedicated', zoom: 0 },
  dedicated_micro: { layer: 'dedicated_micro', zoom: 14.8 },
  beat: { layer: 'beat', zoom: 0 },
  scene: { layer: 'scene', zoom: 0 },
}

export function useSources(engine: ShallowRef<MapEngine | null>, look: ComputedRef<Look>) {
  const state: Ref<'loading' | 'idle'> = ref('loading')
  const failed = shallowRef<unknown>(null)
  const put = new Set<string>()

  async function first(map: MapEngine): Promise<void> {
    const [base, areas, buildings] = await Promise.all([atlas.base(), atlas.areaFile('areas'), atlas.buildings()])
    map.put('base', base)
    map.put('areas', areaFeatures(areas))
    map.put('buildings', buildings)
  }

  async function lazily(map: MapEngine): Promise<void> {
    const zoom = map.map.getZoom()
    for (const [file, { layer, zoom: from }] of Object.entries(LAZY) as [keyof typeof LAZY, (typeof LAZY)[keyof typeof LAZY]][]) {
      if (put.has(file) || zoom < from || !look.value.on.has(layer)) continue
      put.add(file)
      atlas.areaFile(file).then(
        (areas) => map.put(file, areaFeatures(areas)),
        () => put.delete(file),
      )
    }
  }

  watch(engine, (map) => {
    if (!map) return
    first(map)
      .then(() => settle(map))
      .catch((error: unknown) => (failed.value = error))
    map.map.on('zoomend', () => void lazily(map))
    map.whenReady(() => void lazily(map))
  })
  watch(
    () => look.value.on,
    () => engine.value && void lazily(engine.value),
  )

  /** Drawn: the engine says so, or (it may never) a while has passed since everything was handed over. */
  function settle(map: MapEngine): void {
    const done = (): void => void (state.value = 'idle')
    map.map.once('idle', done)
    window.setTimeout(done, 1500)
  }
  return { state, failed }
}
