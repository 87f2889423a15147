/** How the pages look and speak: theme, language, wall. Kept in the browser, and with the user's account where there is one. */
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

import { setLanguage } from '@/api/client'
import { i18n, type Language } from '@/i18n'

export type Theme = 'dark' | 'light'

const remembered = (key: string): string | null => {
  try {
    return localStorage.getItem(`chengyun.${key}`)
  } catch {
    return null
  }
}
const remember = (key: string, value: string): void => {
  try {
    localStorage.setItem(`chengyun.${key}`, value)
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

export const useLooks = defineStore('looks', () => {
  const theme = ref<Theme>(remembered('theme') === 'light' ? 'light' : 'dark')
  const language = ref<Language>(remembered('language') === 'en' ? 'en' : 'zh-CN')
  const wall = ref(false)

  watch(
    theme,
    (value) => {
      document.documentElement.dataset.theme = value
      document.documentElement.classList.toggle('dark', value === 'dark')
      remember('theme', value)
    },
    { immediate: true },
  )
  watch(
    language,
    (value) => {
      i18n.global.locale.value = value
      document.documentElement.lang = value
      setLanguage(value)
      remember('language', value)
      // The server's own pages (the admin) follow.
      document.cookie = `django_language=${value === 'en' ? 'en' : 'zh-hans'}; path=/; max-age=31536000; samesite=lax`
    },
    { immediate: true },
  )
  // At once: whoever measures the root's font next must find it as it will be.
  watch(wall, (value) => document.documentElement.toggleAttribute('data-wall', value), {
    immediate: true,
    flush: 'sync',
  })
  return { theme, language, wall }
})
