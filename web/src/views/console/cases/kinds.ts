/** The kinds of case that the catalogue in force knows, and finding one by a few letters. */
import { useQuery } from '@tanstack/vue-query'

import { api, data } from '@/api/client'
import type { KindOut } from '@/api/schema'

export function useCatalogue() {
  return useQuery({
    queryKey: ['catalogue'],
    queryFn: () => data(api.GET('/api/cases/catalogue')),
    staleTime: 600_000,
  })
}

/** Kinds that fit what is typed: by name, code, pinyin or its initials; then by what their conditions say. */
export function findKinds(kinds: readonly KindOut[], typed: string): KindOut[] {
  const wanted = typed.trim().toLowerCase()
  if (!wanted) return [...kinds].sort((a, b) => Number(b.urgent) - Number(a.urgent))
  const plain = wanted.replace(/\s+/g, '')
  const rank = (kind: KindOut): number => {
    const names = [kind.name_zh, kind.name_en.toLowerCase(), kind.code]
    if (names.includes(wanted)) return 0
    if (kind.initials === plain) return 1
    if (names.some((name) => name.startsWith(wanted)) || kind.initials.startsWith(plain)) return 2
    const pinyin = kind.pinyin.replace(/\s+/g, '')
    if (pinyin.startsWith(plain)) return 3
    if (names.some((name) => name.includes(wanted)) || kind.initials.includes(plain)) return 4
    if (plain.length > 2 && pinyin.includes(plain)) return 5
    const said = kind.conditions.some(
      (one) => one.filing_zh.includes(wanted) || one.filing_en.toLowerCase().includes(wanted),
    )
    return said ? 6 : Infinity
  }
  return kinds
    .map((kind) => ({ kind, at: rank(kind) }))
    .filter((one) => one.at < Infinity)
    .sort((a, b) => a.at - b.at || Number(b.kind.urgent) - Number(a.kind.urgent))
    .map((one) => one.kind)
}
