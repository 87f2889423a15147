/**
 * Why somebody looks through a camera. It goes on record with each look, so it is known before the first: stated in words,
 * or inherited from the incident one comes from, or from the shift one is on.
 */
import { defineStore } from 'pinia'
import { computed, ref, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useRoute } from 'vue-router'

import { ApiProblem } from '@/api/problem'
import { useSession } from '@/stores/session'

export interface Why {
  kind: string
  ref: string
  reason: string
}
const SHIFT: Why = { kind: 'shift', ref: '', reason: '' }
const INHERITED: readonly string[] = ['incident', 'alert', 'case', 'task']

export const whyKey = (why: Why): string => `${why.kind}:${why.ref}:${why.reason}`

/** `?because=incident:12`: whoever comes from a card brings its reason along. */
export function whyOf(text: unknown): Why | null {
  if (typeof text !== 'string') return null
  const [kind = '', ref = ''] = text.split(':', 2)
  return INHERITED.includes(kind) && /^[A-Za-z0-9_.-]{1,40}$/.test(ref) ? { kind, ref, reason: '' } : null
}

/** Whether the server refused the reason itself, and not the look. */
export const refusesReason = (error: unknown): boolean =>
  error instanceof ApiProblem && ['no_reason', 'bad_reason', 'reason_needed'].includes(error.problem.code)

export const useWhyStore = defineStore('camera-why', () => {
  const session = useSession()
  const stated = ref<Why | null>(null)
  const refused = ref<ReadonlySet<string>>(new Set())
  // What one person stated is not another's reason.
  watch(
    () => session.me?.ref,
    () => {
      stated.value = null
      refused.value = new Set()
    },
  )
  function state(reason: string): void {
    stated.value = { kind: 'stated', ref: '', reason: reason.trim() }
  }
  function refuse(why: Why): void {
    if (why.kind === 'stated') stated.value = null
    else refused.value = new Set([...refused.value, whyKey(why)])
  }
  function back(): void {
    stated.value = null
    refused.value = new Set()
  }
  return { stated, refused, state, refuse, back }
})

/**
 * The reason that holds here; null where one has to be asked for. `matter`: what a card is about comes before all others; when
 * it is over, and so no reason any more, the others hold.
 */
export function useWhy(matter: MaybeRefOrGetter<Why | null> = null) {
  const store = useWhyStore()
  const route = useRoute()
  const inherited = computed(() => whyOf(route.query.because))
  const why = computed<Why | null>(
    () =>
      [toValue(matter), store.stated, inherited.value, SHIFT].find(
        (one) => one !== null && !store.refused.has(whyKey(one)),
      ) ?? null,
  )
  return { why, store }
}
