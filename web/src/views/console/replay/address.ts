/** The address holds the moment of a replay: a link shows the same night, and leaving ends it. */
import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { api, data } from '@/api/client'
import { useLive } from '@/stores/live'
import { useReplay } from '@/stores/replay'

export function useReplayInAddress(): void {
  const route = useRoute()
  const router = useRouter()
  const replay = useReplay()
  const live = useLive()

  /** The narrowest recorded stretch that holds a moment. */
  async function openAt(moment: number): Promise<void> {
    const nights = (await data(api.GET('/api/live/nights'))).items
      .map((night) => ({
        since: Date.parse(night.since),
        until: night.until ? Date.parse(night.until) : live.store.clock.now(),
      }))
      .filter((night) => night.since <= moment && moment <= night.until)
      .sort((a, b) => a.until - a.since - (b.until - b.since))
    const found = nights[0]
    if (found) await replay.open(found.since, found.until, moment)
  }

  // A night that still runs ends now: until the server has told the time, nobody knows when that is.
  watch(
    () => live.ready && route.query.replay,
    (text) => {
      const moment = typeof text === 'string' ? Date.parse(text) : NaN
      if (!Number.isNaN(moment) && !replay.player) void openAt(moment).catch(() => undefined)
    },
    { immediate: true },
  )
  // Not while it plays: sixty addresses a second would be nobody's history.
  watch([() => replay.player, () => replay.playing, () => replay.loading, () => route.name], () => {
    if (replay.loading || replay.playing) return
    const { replay: shown, ...rest } = route.query
    const wanted = replay.player ? new Date(replay.now).toISOString() : undefined
    if (wanted && wanted !== shown) void router.replace({ query: { ...rest, replay: wanted } })
    else if (!wanted && shown && live.replaying) void router.replace({ query: rest })
  })
}
