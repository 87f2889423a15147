/**
 * Words of the pages. Chinese is the source; English has the same keys, or the build fails.
 * One file a part of the product, so that a word is found where the page is.
 */
import { createI18n } from 'vue-i18n'

import { modules } from './messages'

export type Language = 'zh-CN' | 'en'

const collect = (language: 'zh' | 'en') =>
  Object.fromEntries(Object.entries(modules).map(([name, words]) => [name, words[language]]))

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: false,
  missingWarn: import.meta.env.DEV,
  messages: { 'zh-CN': collect('zh'), en: collect('en') },
})

export function currentLanguage(): Language {
  return i18n.global.locale.value as Language
}

/** The name of a thing in the reader's language: `named(row, 'area')` gives `area_zh` or `area_en`, with '' `zh` or `en`. */
export function named(row: object, field = 'name'): string {
  const both = row as Record<string, unknown>
  const [first, second] = currentLanguage() === 'en' ? (['en', 'zh'] as const) : (['zh', 'en'] as const)
  const at = field ? `${field}_` : ''
  return String(both[at + first] || both[at + second] || '')
}
