/** In which order cards stand, and how they hold still while somebody works in the list. Pure. */
import type { Card, CardState } from './cards'

const RANK: Record<CardState, number> = { unacknowledged: 0, acknowledged: 1, settling: 2, ended: 3 }

/** What nobody has noticed comes first, then the graver, then the newer. */
export function before(a: Card, b: Card): number {
  return (
    RANK[a.state] - RANK[b.state] ||
    a.level - b.level ||
    Date.parse(b.row.opened_at) - Date.parse(a.row.opened_at) ||
    b.id - a.id
  )
}

export interface Shown {
  cards: Card[]
  /** New since the order was held: counted, not put in. */
  waiting: Card[]
}

/**
 * The list as it is shown. Held, each card stays where it was, with what is known of it now, even one that has ended
 * meanwhile: nothing slides under the pointer that is about to click.
 */
export function arrange(
  wanted: readonly Card[],
  all: ReadonlyMap<number, Card>,
  held: readonly number[] | null,
): Shown {
  if (held === null) return { cards: [...wanted].sort(before), waiting: [] }
  const kept = new Set(held)
  return {
    cards: held.flatMap((id) => all.get(id) ?? []),
    waiting: wanted.filter((card) => !kept.has(card.id)).sort(before),
  }
}
