/** The moment that is shown, for what is fetched: in a replay the pages ask how it stood then, live (undefined) how it stands. */
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'

import { paced } from '@/live/pace'

import { useLive } from './live'
import { useReplay } from './replay'

/** However fast a night is played, nothing is asked for again within a second. */
const AT_MOST_MS = 1000
const MINUTE_MS = 60_000
const THEN = 'then'

/** Moves on when something has happened, and each minute of the night: clocks run out without an entry. */
export function useMoment(): Readonly<Ref<string | undefined>> {
  const live = useLive()
  const replay = useReplay()
  const read = (): string | undefined => {
    if (!live.replaying) return undefined
    // What happened within this millisecond is shown: it is asked for with the next.
    const after = live.store.clock.now() + 1
    return new Date(Math.min(after, replay.player?.until ?? after)).toISOString()
  }
  const at = ref(read())
  const take = paced(() => (at.value = read()), AT_MOST_MS)
  let leave = (): void => undefined
  const attach = (): void => {
    leave()
    take.stop()
    at.value = read()
    leave = live.replaying
      ? live.store.subscribe((changed) => {
          if (changed.size > 1 || !changed.has('points')) take()
        })
      : () => undefined
  }
  attach()
  watch(() => live.store, attach)
  watch(
    () => live.replaying && Math.floor(live.now / MINUTE_MS),
    () => live.replaying && take(),
  )
  onScopeDispose(() => {
    leave()
    take.stop()
  })
  return at
}

/** The last full minute of the night that is shown (epoch ms): totals and series are of whole minutes, and come without entries. */
export function useMinute(): ComputedRef<number> {
  const live = useLive()
  return computed(() => Math.floor(live.now / MINUTE_MS) * MINUTE_MS)
}

export type Key = readonly unknown[]

/** The key of a query as of a moment. What has been is not out of date because something happens now. */
export const keyAt = (at: string | undefined, ...key: unknown[]): Key => (at ? [THEN, ...key, at] : key)

/** Whether two keys ask for the same of two moments: until the one has come, the other may be shown. Never what is now. */
export const sameOfThen = (one: Key, other: Key): boolean =>
  one[0] === THEN && one.length === other.length && one.slice(0, -1).every((part, n) => part === other[n])
