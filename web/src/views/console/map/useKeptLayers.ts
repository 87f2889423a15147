/** Which layers one likes, kept with the account, and in the browser where the server does not answer. A link's own come first. */
import { watch } from 'vue'
import { useRoute } from 'vue-router'

import type { Layers } from '@/api/schema'
import { usePreferences } from '@/stores/preferences'
import { LAYERS_ON, useView, type LayerId } from '@/stores/view'

import { layersFrom, layersToKeep } from './layerGroups'

const KEY = 'chengyun.layers'

function remembered(): Layers | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null') as Layers | null
  } catch {
    return null
  }
}

export function useKeptLayers() {
  const view = useView()
  const preferences = usePreferences()
  const linked = typeof useRoute().query.l === 'string'
  let touched = linked

  if (!linked) view.layers = layersFrom(remembered())
  const stop = watch(
    () => preferences.ready,
    (ready) => {
      if (!ready) return
      const kept = preferences.value.layers
      if (!touched && kept && Object.values(kept).some((on) => on !== null)) view.layers = layersFrom(kept)
      queueMicrotask(() => stop())
    },
    { immediate: true },
  )

  function keep(): void {
    touched = true
    const kept = layersToKeep(view.layers)
    preferences.keep({ layers: kept })
    try {
      localStorage.setItem(KEY, JSON.stringify(kept))
    } catch {
      // A browser that keeps nothing still shows what was chosen.
    }
  }
  function toggle(layer: LayerId): void {
    view.toggle(layer)
    keep()
  }
  function reset(): void {
    view.layers = new Set(LAYERS_ON)
    keep()
  }
  return { toggle, reset }
}
