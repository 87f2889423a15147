/** A recorded night in the same pages: which, where in it, how fast. The address holds the moment, so that a link shows it. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

import { api, data } from '@/api/client'
import type { TapeEventOut } from '@/api/schema'
import { TapePlayer, type TapePiece, type TapeState } from '@/live/tape'
import type { PointTable } from '@/live/types'

import { useLive } from './live'

export const useReplay = defineStore('replay', () => {
  const live = useLive()
  const player = shallowRef<TapePlayer | null>(null)
  const now = ref(0)
  const playing = ref(false)
  const loading = ref(false)
  const speed = ref(60)
  const valuesFrom = ref<TapeState['values_from']>('none')
  const events = shallowRef<TapeEventOut[]>([])
  const problem = ref<unknown>(null)
  let frame = 0
  let last = 0

  /** Show a stretch from a moment on. Rejects nothing: what the server refuses is in `problem`. */
  async function open(since: number, until: number, at = since): Promise<void> {
    close()
    problem.value = null
    try {
      const points = (await data(api.GET('/api/live/points'))) as PointTable
      const made = new TapePlayer(
        {
          state: async (moment) =>
            (await data(
              api.GET('/api/live/tape/state', { params: { query: { at: moment } } }),
            )) as unknown as TapeState,
          piece: async (from, to) =>
            (await data(
              api.GET('/api/live/tape', { params: { query: { since: from, until: to } } }),
            )) as unknown as TapePiece,
        },
        since,
        until,
        points,
        (run) => void requestAnimationFrame(run),
      )
      made.speed = speed.value
      player.value = made
      await seek(at)
      live.show(made.store)
      frame = requestAnimationFrame(move)
      const span = { since: new Date(since).toISOString(), until: new Date(until).toISOString() }
      events.value = (await data(api.GET('/api/live/tape/events', { params: { query: span } }))).items
    } catch (error) {
      problem.value = error
    }
  }

  async function seek(at: number): Promise<void> {
    const tape = player.value
    if (!tape) return
    loading.value = true
    problem.value = null
    try {
      await tape.seek(at)
      valuesFrom.value = tape.valuesFrom
    } catch (error) {
      problem.value = error
      tape.playing = false
    } finally {
      loading.value = tape.loading
      now.value = tape.now
      live.now = tape.now
    }
  }

  function play(on = !playing.value): void {
    if (!player.value) return
    if (on && player.value.ended) void seek(player.value.since)
    player.value.playing = playing.value = on
  }

  function setSpeed(value: number): void {
    speed.value = value
    if (player.value) player.value.speed = value
  }

  /** To the next or the previous telling event. */
  function jump(direction: 1 | -1): void {
    const moments = events.value.map((event) => Date.parse(event.at))
    const target =
      direction > 0
        ? moments.find((moment) => moment > now.value + 500)
        : moments.filter((moment) => moment < now.value - 500).at(-1)
    if (target !== undefined) void seek(target)
  }

  function close(): void {
    cancelAnimationFrame(frame)
    player.value = null
    playing.value = false
    events.value = []
    live.show(null)
  }

  function move(real: number): void {
    const tape = player.value
    if (!tape) return
    // A tab that slept does not make the night leap.
    tape.tick(Math.min(real - (last || real), 250))
    last = real
    now.value = tape.now
    playing.value = tape.playing
    frame = requestAnimationFrame(move)
  }

  return {
    player,
    now,
    playing,
    loading,
    speed,
    valuesFrom,
    events,
    problem,
    open,
    seek,
    play,
    setSpeed,
    jump,
    close,
  }
})
