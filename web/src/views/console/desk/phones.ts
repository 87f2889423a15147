/** Finding a unit's duty phone. Pure. */
import type { DeskPost } from '@/api/schema'

/** `codes`: posts that the server's search found too (it knows pinyin). */
export function findPhones(
  posts: readonly DeskPost[],
  typed: string,
  codes: ReadonlySet<string> = new Set(),
): DeskPost[] {
  const wanted = typed.trim().toLowerCase()
  if (!wanted) return [...posts]
  const digits = wanted.replace(/\D/g, '')
  return posts.filter(
    (row) =>
      codes.has(row.post) ||
      [row.zh, row.en, row.post, row.department_zh, row.department_en, row.staff?.name ?? ''].some((word) =>
        word.toLowerCase().includes(wanted),
      ) ||
      (digits.length >= 3 && (row.staff?.phone ?? '').replace(/\D/g, '').includes(digits)),
  )
}
