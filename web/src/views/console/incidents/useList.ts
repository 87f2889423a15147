/** The list as it is shown: filtered, ordered, and held still while somebody works in it. */
import { computed, reactive, ref, type ComputedRef } from 'vue'

import { filtered, NO_FILTERS, type Card, type Filters, type Hidden } from './cards'
import { arrange, before } from './order'

export function useList(cards: ComputedRef<Card[]>, byId: ComputedRef<Map<number, Card>>) {
  const filters = reactive<{ -readonly [K in keyof Filters]: Filters[K] }>({ ...NO_FILTERS })
  const hovered = ref(false)
  const focused = ref(false)
  const held = ref<number[] | null>(null)

  const wanted = computed(() => filtered(cards.value, filters))
  const shown = computed(() => arrange(wanted.value, byId.value, held.value))

  function settle(): void {
    if (!hovered.value && !focused.value) held.value = null
    else held.value ??= [...wanted.value].sort(before).map((card) => card.id)
  }
  /** Take in what waits, and hold again if somebody is still there. */
  function renew(): void {
    held.value = null
    settle()
  }
  function hover(on: boolean): void {
    hovered.value = on
    settle()
  }
  function focus(on: boolean): void {
    focused.value = on
    settle()
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
  return { filters, wanted, shown, hover, focus, renew, narrow, toggleLevel, toggleHidden, clear, narrowed }
}
