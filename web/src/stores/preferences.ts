/**
 * How one likes the screen, kept with the account. Each part of the page keeps its own part: `keep({ sound: {...} })` changes
 * that and leaves the rest as the server has it, also where another tab has changed it meanwhile.
 */
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

import { api, data } from '@/api/client'
import type { Preferences } from '@/api/schema'

import { useSession } from './session'

/** Changes that follow one another closely (a slider that is drawn) are written once. */
const GATHER_MS = 600

export const usePreferences = defineStore('preferences', () => {
  const session = useSession()
  const value = ref<Preferences>({})
  /** Whether the server's have been read: what a part starts from. */
  const ready = ref(false)
  let pending: Partial<Preferences> = {}
  let timer = 0

  const read = (): Promise<Preferences> => data(api.GET('/api/people/me/preferences'))

  async function load(): Promise<void> {
    ready.value = false
    try {
      value.value = { ...(await read()), ...pending }
    } catch {
      value.value = { ...pending }
    }
    ready.value = true
  }

  async function write(): Promise<void> {
    const change = pending
    pending = {}
    try {
      value.value = await data(
        api.PUT('/api/people/me/preferences', { body: { ...(await read()), ...change } }),
      )
    } catch {
      // The screen is as it was asked to be; it is only not remembered.
    }
  }

  function keep(change: Partial<Preferences>): void {
    pending = { ...pending, ...change }
    value.value = { ...value.value, ...change }
    clearTimeout(timer)
    timer = window.setTimeout(() => void write(), GATHER_MS)
  }

  watch(
    () => session.me?.ref,
    (who) => {
      if (who) void load()
      else value.value = {}
    },
    { immediate: true },
  )
  return { value, ready, keep }
})
