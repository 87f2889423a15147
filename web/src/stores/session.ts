/** Who is logged in, and what they may do where. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { api, data, whenSignedOut } from '@/api/client'
import type { MeOut } from '@/api/schema'

export const useSession = defineStore('session', () => {
  const me = ref<MeOut | null>(null)
  /** Whether the server has been asked yet. */
  const asked = ref(false)
  const gone = ref(false)

  whenSignedOut(() => {
    if (me.value) gone.value = true
    me.value = null
  })

  async function load(): Promise<void> {
    try {
      me.value = await data(api.GET('/api/people/me'))
      gone.value = false
    } catch {
      me.value = null
    } finally {
      asked.value = true
    }
  }

  /** Ask again what one may do, as when the stream says that rights have changed; without an answer nothing changes. */
  async function renew(): Promise<void> {
    if (me.value) me.value = await data(api.GET('/api/people/me')).catch(() => me.value)
  }

  async function logIn(username: string, password: string): Promise<void> {
    await api.GET('/api/people/csrf')
    await api.POST('/api/people/login', { body: { username, password } })
    await load()
  }

  async function logOut(): Promise<void> {
    await api.POST('/api/people/logout').catch(() => undefined)
    me.value = null
    gone.value = false
  }

  /** Whether the viewer holds a permission for an area path; without a path, anywhere. The server decides all the same. */
  function may(permission: string, area = ''): boolean {
    return !!me.value?.grants.some(
      (grant) =>
        (area === '' || area.startsWith(grant.area)) &&
        grant.permissions.some(
          (held) => held === permission || (held.endsWith('.*') && permission.startsWith(held.slice(0, -1))),
        ),
    )
  }

  const loggedIn = computed(() => me.value !== null)
  return { me, asked, gone, loggedIn, load, renew, logIn, logOut, may }
})
