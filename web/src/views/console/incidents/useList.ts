/** The list as it is shown: filtered, ordered, and held still while somebody works in it. */
import { computed, reactive, ref, watch, type ComputedRef } from 'vue'

import { useLive } from '@/stores/live'

import { filtered, NO_FILTERS, type Card, type Filters, type Hidden } from './cards'
import { arrange, before } from './order'

/** So long after the last move of pointer or key nobody works in the list any more, though the focus may still rest there. */
const IDLE_MS = 20_000

/** `moved` is handed the changes that nobody asked for, so that the focus can be put back after them. */
export function useList(
  cards: ComputedRef<Card[]>,
  byId: ComputedRef<Map<number, Card>>,
  moved: (change: () => void) => void = (change) => change(),
) {
  const live = useLive()
  const filters = reactive<{ -readonly [K in keyof Filters]: Filters[K] }>({ ...NO_FILTERS })
  const held = ref<number[] | null>(null)
  let hovered = false
  let focused = false
  let touched = 0

  const wanted = computed(() => filtered(cards.value, filters))
  const shown = computed(() => arrange(wanted.value, byId.value, held.value))

  const worked = (): boolean => (hovered || focused) && Date.now() - touched < IDLE_MS
  const hold = (): number[] => [...wanted.value].sort(before).map((card) => card.id)
  function settle(): void {
    if (!worked()) held.value = null
    else held.value ??= hold()
  }
  /** Somebody is working in the list: a move of the pointer, a key. */
  function touch(): void {
    touched = Date.now()
    settle()
  }
  function hover(on: boolean): void {
    hovered = on
    touch()
  }
  function focus(on: boolean): void {
    focused = on
    touch()
  }
  watch(
    () => live.real,
    () => {
      if (held.value !== null && !worked()) moved(settle)
    },
  )
  /** Take in what waits, and hold again if somebody is still there. */
  function renew(): void {
    held.value = worked() ? hold() : null
  }
  /** What is asked for is seen at once: a filter ends the hold. */
  function narrow(change: Partial<Filters>): void {
    Object.assign(filters, change)
    renew()
  }
  function toggleLevel(level: number): void {
    const levels = new Set(filters.levels)
    if (!levels.delete(level)) levels.add(level)
    narrow({ levels })
  }
  const toggleHidden = (reason: Hidden): void => narrow({ hidden: filters.hidden === reason ? null : reason })
  const clear = (): void => narrow(NO_FILTERS)
  const narrowed = computed(
    () =>
      filters.levels.size > 0 || filters.state !== null || filters.kind !== null || filters.hidden !== null,
  )
  return {
    filters,
    wanted,
    shown,
    hover,
    focus,
    touch,
    renew,
    narrow,
    toggleLevel,
    toggleHidden,
    clear,
    narrowed,
  }
}
