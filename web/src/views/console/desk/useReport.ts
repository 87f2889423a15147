/** The report form's state for the page: kept over a reload, sent once, joined to what is there. */
import { ref, watch, type Ref } from 'vue'

import { api, data } from '@/api/client'

import { bodyOf, keep, next, restore, type Draft, type Event, type State } from './report'

const WHERE = 'chengyun.report'
const newKey = (): string => crypto.randomUUID()

const stored = {
  read: (): string | null => {
    try {
      return sessionStorage.getItem(WHERE)
    } catch {
      return null
    }
  },
  write: (text: string | null): void => {
    try {
      if (text === null) sessionStorage.removeItem(WHERE)
      else sessionStorage.setItem(WHERE, text)
    } catch {
      // A browser that keeps nothing still registers.
    }
  },
}

export interface Report {
  state: Ref<State>
  change: (part: Partial<Draft>) => void
  send: () => Promise<boolean>
  join: (id: number) => Promise<boolean>
  clear: () => void
}

export function useReport(owner: string): Report {
  const state = ref(restore(stored.read(), owner, newKey)) as Ref<State>
  const go = (event: Event): void => void (state.value = next(state.value, event, newKey))
  watch(state, (now) => stored.write(keep(owner, now)))

  async function run(
    call: (headers: { 'Idempotency-Key': string }) => Promise<{ id: number; joined?: boolean }>,
  ): Promise<boolean> {
    go({ type: 'send' })
    if (state.value.phase !== 'sending') return false
    try {
      go({ type: 'sent', answer: await call({ 'Idempotency-Key': state.value.key }) })
      return true
    } catch (error) {
      go({ type: 'failed', error })
      return false
    }
  }

  return {
    state,
    change: (part) => go({ type: 'change', part }),
    send: () => run((headers) => data(api.POST('/api/cases', { headers, body: bodyOf(state.value.draft) }))),
    join: (id) =>
      run(async (headers) => {
        // Another intent than the report itself: a key of its own, the same for this case.
        const own = { 'Idempotency-Key': `${headers['Idempotency-Key']}-${id}` }
        const path = { case_id: id }
        const answer = await data(
          api.POST('/api/cases/{case_id}/join', {
            params: { path },
            headers: own,
            body: bodyOf(state.value.draft),
          }),
        )
        return { id: answer.id, joined: true }
      }),
    clear: () => go({ type: 'clear' }),
  }
}
