/** The one store of what is going on, for components: rows as shallow lists that are taken anew when a kind has changed. */
import { defineStore } from 'pinia'
import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  toValue,
  watch,
  type MaybeRefOrGetter,
  type ShallowRef,
} from 'vue'

import { api, data } from '@/api/client'
import { SharedFeed } from '@/live/channel'
import { STALE_MS, type FeedState } from '@/live/feed'
import { LiveStore, type Topic } from '@/live/store'
import type { PointTable, RowKind, Rows, Snapshot } from '@/live/types'

/** What is live. A replay has a store of its own; `useLive().store` is whichever is shown. */
const liveStore = new LiveStore((run) => void requestAnimationFrame(run))

/** For tests and for whoever looks with the browser's tools; it can do nothing that the page cannot. */
Object.assign(((window as unknown as { __chengyun?: object }).__chengyun ??= {}), { live: liveStore })

export const useLive = defineStore('live', () => {
  const state = ref<FeedState>('connecting')
  /** Real time of the last word from the server. */
  const heard = ref(0)
  const ready = ref(false)
  /** Which store the pages show: live, or a night that is played. */
  const store = shallowRef(liveStore)
  const replaying = ref(false)
  /** The district's time, for what shows ages and countdowns; moves once a second. */
  const now = ref(Date.now())
  const real = ref(Date.now())
  let feed: SharedFeed | null = null

  liveStore.subscribe((changed) => {
    heard.value = Date.now()
    if (changed.has('snapshot')) {
      // From here on the time is the district's, not that of this machine.
      now.value = store.value.clock.now()
      ready.value = true
    }
  })
  window.setInterval(() => {
    now.value = store.value.clock.now()
    real.value = Date.now()
    if (feed && state.value === 'live') heard.value = Math.max(heard.value, feed.heard)
  }, 500)

  function start(who: string): void {
    stop()
    feed = new SharedFeed(
      liveStore,
      {
        snapshot: () => data(api.GET('/api/live/snapshot')) as Promise<Snapshot>,
        points: () => data(api.GET('/api/live/points')) as Promise<PointTable>,
      },
      (value) => (state.value = value),
      who,
    )
    void feed.start()
  }

  function stop(): void {
    feed?.stop()
    feed = null
    ready.value = false
    state.value = 'connecting'
  }

  /** Show a recorded night instead of what is live, or (null) what is live again. Live goes on being followed meanwhile. */
  function show(other: LiveStore | null): void {
    store.value = other ?? liveStore
    replaying.value = other !== null
    now.value = store.value.clock.now()
  }

  const stale = computed(
    () => !replaying.value && (state.value !== 'live' || real.value - heard.value > STALE_MS),
  )
  return {
    state,
    heard,
    ready,
    store,
    replaying,
    now,
    real,
    stale,
    start,
    stop,
    show,
    want: (v: string) => feed?.want(v),
  }
})

/** A value taken from the shown store, again whenever one of the topics has changed. */
export function useFromLive<T>(
  topics: readonly Topic[],
  take: (store: LiveStore) => T,
): Readonly<ShallowRef<T>> {
  const live = useLive()
  const value = shallowRef(take(live.store)) as ShallowRef<T>
  let stop = (): void => undefined
  const attach = (): void => {
    stop()
    const store = live.store
    value.value = take(store)
    stop = store.subscribe((changed) => {
      if (changed.has('snapshot') || topics.some((topic) => changed.has(topic))) value.value = take(store)
    })
  }
  attach()
  watch(() => live.store, attach)
  onScopeDispose(() => stop())
  return value
}

/** All rows of a kind that are in the store. */
export const useRows = <K extends RowKind>(kind: K): Readonly<ShallowRef<Rows[K][]>> =>
  useFromLive([kind], (store) => store.all(kind))

/** One row, by an id that may change. */
export function useRow<K extends RowKind>(kind: K, id: MaybeRefOrGetter<number | null>) {
  const rows = useRows(kind)
  return computed(() => {
    const wanted = toValue(id)
    return wanted === null ? undefined : rows.value.find((row) => row.id === wanted)
  })
}
