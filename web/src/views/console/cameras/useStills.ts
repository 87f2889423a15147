/** Stills of the cameras on a wall, by turns, while somebody looks: none where the page is hidden or pictures are stopped. */
import {
  onScopeDispose,
  reactive,
  shallowRef,
  toValue,
  watch,
  type MaybeRefOrGetter,
  type ShallowRef,
} from 'vue'

import { NoPicture, onePicture } from '@/api/pictures'
import { ApiProblem } from '@/api/problem'
import { useLive } from '@/stores/live'

import { askLive, draw, forgetLive } from './live'
import { Rota } from './rota'
import { refusesReason, useWhy } from './why'

export interface Still {
  /** The district's time when it came; null where none has. */
  at: number | null
  problem: unknown
  /** Where a media server has it instead. */
  media: string | null
}
const TICK_MS = 200
/** A camera whose picture was refused will hardly have one in a moment. */
const REFUSED_MS = 60_000

/** Whether the page is in sight; a ref that follows it. */
export function useVisible(): Readonly<ShallowRef<boolean>> {
  const visible = shallowRef(!document.hidden)
  const follow = (): void => void (visible.value = !document.hidden)
  document.addEventListener('visibilitychange', follow)
  onScopeDispose(() => document.removeEventListener('visibilitychange', follow))
  return visible
}

export function useStills(codes: MaybeRefOrGetter<readonly string[]>, on: MaybeRefOrGetter<boolean>) {
  const live = useLive()
  const { why, store } = useWhy()
  const rota = new Rota()
  const stills = reactive(new Map<string, Still>())
  const canvases = new Map<string, HTMLCanvasElement>()
  let timer = 0
  let gone = false

  /** The tile of a camera gives the place to draw at; null where it goes. */
  function place(code: string, canvas: HTMLCanvasElement | null): void {
    if (canvas) canvases.set(code, canvas)
    else canvases.delete(code)
  }

  async function take(code: string): Promise<void> {
    const reason = why.value
    const still: Still = { at: null, problem: null, media: null, ...stills.get(code) }
    let ok = false
    try {
      if (!reason) return
      const answer = await askLive(code, reason, live.now)
      still.media = answer.form === 'media' ? answer.url : null
      if (answer.form === 'mjpeg') {
        await draw(canvases.get(code), await onePicture(answer.url))
        still.at = live.now
        ok = true
      }
      still.problem = null
    } catch (problem) {
      if (refusesReason(problem)) store.refuse(reason!)
      else still.problem = problem
      if (problem instanceof NoPicture) forgetLive(code)
    } finally {
      rota.done(code, Date.now(), ok, still.problem instanceof ApiProblem ? REFUSED_MS : undefined)
      if (!gone && toValue(codes).includes(code)) stills.set(code, still)
    }
  }

  function tick(): void {
    if (!why.value) return
    for (const code of rota.take(Date.now())) void take(code)
  }
  const stop = (): void => {
    clearInterval(timer)
    timer = 0
  }
  watch(
    () => [...toValue(codes)],
    (now) => {
      rota.show(now)
      for (const code of [...stills.keys()]) if (!now.includes(code)) stills.delete(code)
    },
    { immediate: true },
  )
  watch(why, () => rota.anew())
  watch(
    () => toValue(on),
    (running) => {
      stop()
      if (!running) return
      rota.anew()
      timer = window.setInterval(tick, TICK_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    gone = true
    stop()
  })
  return { stills, place, why }
}
