/** A thing of the atlas by a code that may change: found, being looked for, or not there. */
import { useQuery } from '@tanstack/vue-query'
import { computed, shallowRef, watch } from 'vue'

export function useFound<T extends object>(
  what: string,
  code: () => string,
  find: (code: string) => Promise<T | undefined>,
) {
  const query = useQuery({
    queryKey: computed(() => ['atlas', what, code()]),
    // What nobody found is told as null: a query must answer something.
    queryFn: async () => (await find(code())) ?? null,
    staleTime: Infinity,
    retry: 1,
  })
  const thing = shallowRef<T | null>(null)
  watch(query.data, (value) => (thing.value = (value ?? null) as T | null), { immediate: true })
  return { thing, error: query.error, loading: query.isPending }
}
