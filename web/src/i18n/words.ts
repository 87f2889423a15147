/** Both languages of one part. `words({...}, {...})` refuses an English text that lacks a key, or has one too many. */
type Same<T> = { [K in keyof T]: T[K] extends string ? string : Same<T[K]> }

export function words<Z extends object>(zh: Z, en: Same<Z>): { zh: Z; en: Same<Z> } {
  return { zh, en }
}
