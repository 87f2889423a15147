/** Fills the map's sources: what is needed for the first sight at once, the rest when it is looked at. */
import { useQuery } from '@tanstack/vue-query'
import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue'

import { api, data } from '@/api/client'
import { useLive, useRows } from '@/stores/live'
import { useView, type LayerId } from '@/stores/view'

import { atlas, type AreaFile } from './atlas'
import type { MapEngine } from './engine'
import {
  areaFeatures, assetFeatures, baseFeatures, buildingFeatures, caseFeatures, heatFeatures, incidentFeatures, levelsByAsset, postFeatures, pulsing, silentAssets,
} from './features' // prettier-ignore
import { ASSET_LAYER_IDS } from './layers/things'
import { lift, type Look } from './look'

/** From which zoom on a layer that is switched on is worth fetching. */
const LAZY: readonly { file: Exclude<AreaFile, 'areas'>; zoom: number }[] = [
  { file: 'grid3', zoom: 14.2 },
  { file: 'micro', zoom: 15.6 },
  { file: 'dedicated', zoom: 0 },
  { file: 'dedicated_micro', zoom: 14.8 },
  { file: 'beat', zoom: 0 },
  { file: 'scene', zoom: 0 },
]
/** Silence and deadlines come about by time alone: so often they are looked at anew. */
const LOOK_AGAIN_MS = 5000
/** The engine's own word that it is done may never come: after so long without it the map counts as usable. */
const SETTLE_MS = 2500

export const labelPlace = (code: string): readonly [number, number] | null => {
  const found = atlas.area(code)?.properties
  return found && found.lx !== null && found.ly !== null ? [found.lx, found.ly] : null
}

export function useSources(engine: ShallowRef<MapEngine | null>, look: ComputedRef<Look>) {
  const live = useLive()
  const view = useView()
  const state: Ref<'loading' | 'idle'> = ref('loading')
  const failed = shallowRef<unknown>(null)
  const put = new Set<string>()
  const incidents = useRows('incident')
  const alerts = useRows('alert')
  const cases = useRows('case')
  const levels = computed(() => levelsByAsset(alerts.value))
  /** Bumped when places came in that rows without a place of their own may stand at. */
  const places = ref(0)

  async function first(map: MapEngine): Promise<void> {
    const [base, areas, buildings] = await Promise.all([
      atlas.base(),
      atlas.areaFile('areas'),
      atlas.buildings(),
    ])
    map.put('base', baseFeatures(base))
    map.put('areas', areaFeatures(areas))
    map.put('buildings', buildingFeatures(buildings))
    places.value++
  }

  function lazily(): void {
    const map = engine.value
    if (!map) return
    for (const { file, zoom } of LAZY) {
      if (put.has(file) || map.map.getZoom() - lift(look.value) < zoom || !look.value.on.has(file as LayerId))
        continue
      put.add(file)
      atlas.areaFile(file).then(
        (areas) => {
          map.put(file, areaFeatures(areas))
          places.value++
        },
        () => put.delete(file),
      )
    }
  }

  function livePoints(): void {
    engine.value?.points.update(live.store.points, live.store.clock.now(), levels.value)
  }

  const assetsOn = computed(
    () => ASSET_LAYER_IDS.some((id) => look.value.on.has(id)) || view.selection?.kind === 'asset',
  )
  let assetsShown = ''
  async function assets(): Promise<void> {
    if (!assetsOn.value || !engine.value) return
    const found = await atlas.assets()
    const silent = silentAssets(live.store.points, live.store.clock.now())
    const features = assetFeatures(found, silent, levels.value)
    // Cut into tiles again only when one of them became another.
    const now = features.features.map(({ properties }) => `${properties.state}`[0]).join('')
    if (now === assetsShown) return
    assetsShown = now
    engine.value?.put('assets', features)
  }

  const showCases = (): void =>
    engine.value?.put('cases', caseFeatures(cases.value, labelPlace, live.store.clock.now()))

  watch(engine, (map) => {
    if (!map) return
    first(map)
      .then(() => settle(map))
      .catch((error: unknown) => (failed.value = error))
    map.map.on('zoomend', lazily)
    map.whenReady(lazily)
    livePoints()
    void assets()
  })
  watch([() => look.value.on, engine], lazily)
  watch([assetsOn, levels, engine], () => void assets().catch(() => undefined))
  watch(levels, livePoints)
  watch([cases, places, engine], showCases)
  watch([incidents, () => view.selectionText, () => look.value.on.has('incidents'), places, engine], () => {
    const chosen = view.selection?.kind === 'incident' ? view.selection.id : null
    const features = incidentFeatures(incidents.value, labelPlace, chosen)
    engine.value?.put('incidents', features)
    engine.value?.pulses(look.value.on.has('incidents') ? pulsing(features) : [])
  })

  let unsubscribe = (): void => undefined
  watch(
    () => live.store,
    (store) => {
      unsubscribe()
      unsubscribe = store.subscribe((changed) => {
        if (changed.has('points') || changed.has('snapshot')) livePoints()
      })
      livePoints()
    },
    { immediate: true },
  )
  const again = window.setInterval(() => {
    livePoints()
    void assets().catch(() => undefined)
    if (look.value.on.has('cases')) showCases()
  }, LOOK_AGAIN_MS)
  onScopeDispose(() => {
    unsubscribe()
    clearInterval(again)
  })

  const { data: posts } = useQuery({
    queryKey: ['posts', 'map'],
    queryFn: () => atlas.posts(),
    enabled: computed(() => look.value.on.has('posts')),
  })
  watch([posts, engine], () => posts.value && engine.value?.put('posts', postFeatures(posts.value)))

  const heat = (what: 'risk' | 'crowd') => {
    const layer = `heat_${what}` as const
    const { data: found } = useQuery({
      queryKey: ['heat', what],
      queryFn: () => data(api.GET('/api/live/heat', { params: { query: { what } } })),
      enabled: computed(() => look.value.on.has(layer)),
      refetchInterval: 30_000,
    })
    watch([found, engine], () => found.value && engine.value?.put(`heat-${what}`, heatFeatures(found.value)))
    return found
  }
  const heats = { risk: heat('risk'), crowd: heat('crowd') }

  /** Usable: the first files are drawn, and so are the live points where there are any. */
  function settle(map: MapEngine): void {
    let quiet = false
    const done = (force: boolean): void => {
      const drawn = map.points.frames > 0 || (live.ready && live.store.points.count === 0)
      if (state.value === 'loading' && quiet && (drawn || force)) state.value = 'idle'
    }
    map.map.once('idle', () => {
      quiet = true
      done(false)
    })
    map.map.on('render', () => state.value === 'loading' && done(false))
    window.setTimeout(() => {
      quiet = true
      done(true)
    }, SETTLE_MS)
  }
  return { state, failed, heats }
}
