/** What the server knows about one incident or alert beyond its row. In a replay, as it was at the moment that is shown. */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'

import { api, data } from '@/api/client'
import { keyAt, useMoment } from '@/stores/moment'

/** Readings come without entries: the trend is asked for again. */
const AGAIN_MS = 15_000

export function useIncidentCard(id: MaybeRefOrGetter<number>) {
  const at = useMoment()
  return useQuery({
    queryKey: computed(() => keyAt(at.value, 'incident', toValue(id))),
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
    queryKey: computed(() => keyAt(at.value, 'incident', 'alert', toValue(id))),
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
