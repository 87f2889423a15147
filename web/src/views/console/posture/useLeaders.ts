/** The posts whose holders may decide, and who stands in for them now. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { api, data } from '@/api/client'

export function useLeaders() {
  const { data: page } = useQuery({
    queryKey: ['posts', 'commanders'],
    queryFn: () => data(api.GET('/api/people/on-duty', { params: { query: { kind: 'commander' } } })),
  })
  return computed(() => page.value?.items ?? [])
}
