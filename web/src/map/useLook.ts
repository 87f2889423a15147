/** The look of the map as it follows from the stores. */
import { useQuery } from '@tanstack/vue-query'
import { computed, nextTick, ref, shallowRef, watch, type ComputedRef } from 'vue'

import { api, data } from '@/api/client'
import type { EffectiveValueOut } from '@/api/schema'
import { useLooks } from '@/stores/looks'
import { useView } from '@/stores/view'

import { useEventListener } from './useEventListener'
import type { Look } from './look'
import { readTokens } from './tokens'

const rootScale = (): number => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1

export function useLook(): ComputedRef<Look> {
  const looks = useLooks()
  const view = useView()
  const tokens = shallowRef(readTokens())
  const scale = ref(rootScale())
  const measure = (): void => {
    tokens.value = readTokens()
    scale.value = rootScale()
  }
  // The attribute of the theme is on the page one tick after the store says so.
  watch([() => looks.theme, () => looks.wall], () => void nextTick(measure), { flush: 'post' })
  useEventListener(window, 'resize', () => (scale.value = rootScale()))

  const { data: effective } = useQuery({
    queryKey: ['posture', 'effective', 'map'],
    queryFn: async () => {
      const { code } = await data(api.GET('/api/district/'))
      return data(api.GET('/api/posture/effective', { params: { query: { area: code } } }))
    },
    // Who sees but a part of the district may not ask for the whole: the rings then stay as they are.
    retry: false,
  })
  const emphasised = computed(() => emphasisedIn(effective.value?.values ?? []))

  return computed(() => ({
    tokens: tokens.value,
    language: looks.language === 'en' ? 'en' : 'zh',
    scale: scale.value,
    on: view.layers,
    emphasised: emphasised.value,
    selected: view.selection,
    opened:
      view.selection?.kind === 'building' && view.floor !== null
        ? { building: view.selection.id, floor: view.floor }
        : null,
  }))
}

/** Codes of the areas that the posture's policy brings out. */
export function emphasisedIn(values: readonly EffectiveValueOut[]): ReadonlySet<string> {
  return new Set(
    values.filter((one) => one.section === 'map' && one.value === 'emphasised').map((one) => one.key),
  )
}
