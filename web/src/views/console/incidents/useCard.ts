/** What the server knows about one incident or alert beyond its row. In a replay, as it was at the moment that is shown. */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'

import { api, data } from '@/api/client'
import { useLive } from '@/stores/live'

/** Readings come without entries: the trend is asked for again. */
const AGAIN_MS = 15_000
const MINUTE_MS = 60_000

/** The moment to ask for: none live, each minute of the night in a replay. */
function useMoment() {
  const live = useLive()
  return computed(() =>
    live.replaying ? new Date(Math.floor(live.now / MINUTE_MS) * MINUTE_MS).toISOString() : undefined,
  )
}

export function useIncidentCard(id: MaybeRefOrGetter<number>) {
  const at = useMoment()
  return useQuery({
    queryKey: computed(() => ['incident', toValue(id), at.value]),
    queryFn: () =>
      data(
        api.GET('/api/live/incidents/{number}/card', {
          params: { path: { number: toValue(id) }, query: { at: at.value } },
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: computed(() => (at.value ? false : AGAIN_MS)),
  })
}

export function useAlertCard(id: MaybeRefOrGetter<number>) {
  const at = useMoment()
  return useQuery({
    queryKey: computed(() => ['incident', 'alert', toValue(id), at.value]),
    queryFn: () =>
      data(
        api.GET('/api/live/alerts/{number}/card', {
          params: { path: { number: toValue(id) }, query: { at: at.value } },
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: computed(() => (at.value ? false : AGAIN_MS)),
  })
}

/** Preset reasons and spans of shelving, and the words of verdicts: the same for everybody, all day. */
export const useReasons = () =>
  useQuery({
    queryKey: ['reasons'],
    queryFn: () => data(api.GET('/api/alerts/reasons')),
    staleTime: Infinity,
  })
