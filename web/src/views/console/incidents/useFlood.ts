/** How many new alarms this seat gets, and whether that is more than a person can take in one by one. */
import { useQuery } from '@tanstack/vue-query'
import { computed, ref, watch, type Ref } from 'vue'

import { api, data } from '@/api/client'
import type { AlertRow } from '@/api/schema'
import { useLive } from '@/stores/live'

import { CALM, judge, LIMIT, recent, type Flood } from './flood'

export function useFlood(alerts: Readonly<Ref<AlertRow[]>>) {
  const live = useLive()
  const flood = ref<Flood>(CALM)
  const figures = useQuery({
    queryKey: ['alerts', 'flood'],
    queryFn: () => data(api.GET('/api/alerts/figures/flood', { params: { query: { hours: 1 } } })),
    enabled: computed(() => !live.replaying),
  })
  const seats = computed(() => Math.max(1, figures.data.value?.operators ?? 1))
  const limit = computed(() => figures.data.value?.limit ?? LIMIT)
  /** Counted here, so that a flood shows within the second; the server also knows those that are over already. */
  const alarms = computed(() => {
    const here = recent(alerts.value, live.now)
    return live.replaying ? here : Math.max(here, figures.data.value?.alarms ?? 0)
  })
  const perSeat = computed(() => alarms.value / seats.value)

  watch([perSeat, limit], ([rate, most]) => (flood.value = judge(flood.value, rate, most)), {
    immediate: true,
  })
  const show = (on: boolean): void => void (flood.value = { ...flood.value, shown: on })
  return { flood, alarms, seats, perSeat, limit, show }
}
