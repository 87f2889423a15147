/** The keys of the incident list. They go by what stands on the screen, so that list and flood view need no code of their own. */
import { nextTick, onActivated, onDeactivated, ref, type Ref } from 'vue'

import { useKeys } from '../shell/keys'

export interface ListVerbs {
  acknowledge: (id: number) => void
  shelve: (id: number) => void
  makeCase: (id: number) => void
  openCase: (id: number) => void
  toggleLevel: (level: number) => void
  toggleFlood: () => void
  renew: () => void
  close: () => void
  /** The incident that is open at the right, for when no card has the focus. */
  selected: () => number | null
}

export function useListKeys(panel: Ref<HTMLElement | null>, verbs: ListVerbs) {
  const here = ref(true)
  onActivated(() => (here.value = true))
  onDeactivated(() => (here.value = false))

  const buttons = (): HTMLElement[] => [...(panel.value?.querySelectorAll<HTMLElement>('[data-open]') ?? [])]
  const button = (id: number): HTMLElement | undefined =>
    buttons().find((one) => one.dataset.open === String(id))
  function current(): number | null {
    const card = document.activeElement?.closest<HTMLElement>('[data-incident]')
    return card && panel.value?.contains(card) ? Number(card.dataset.incident) : verbs.selected()
  }
  function move(by: 1 | -1): void {
    const all = buttons()
    const at = all.findIndex((one) => one.dataset.open === String(current()))
    const next = at < 0 ? all.at(by > 0 ? 0 : -1) : all[Math.min(all.length - 1, Math.max(0, at + by))]
    next?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  }
  /** Put the focus (back) on a card after the list has moved. */
  async function focus(id: number): Promise<void> {
    await nextTick()
    button(id)?.focus({ preventScroll: true })
  }
  const withCurrent = (run: (id: number) => void) => (): void => {
    const id = current()
    if (id !== null) run(id)
  }

  const levels = Object.fromEntries(
    [1, 2, 3, 4].map((level) => [
      String(level),
      { label: `alerts.keys.level_${level}`, run: () => verbs.toggleLevel(level) },
    ]),
  )
  useKeys(
    {
      j: { label: 'alerts.keys.next', run: () => move(1) },
      k: { label: 'alerts.keys.previous', run: () => move(-1) },
      a: { label: 'alerts.keys.acknowledge', run: withCurrent(verbs.acknowledge) },
      s: { label: 'alerts.keys.shelve', run: withCurrent(verbs.shelve) },
      c: { label: 'alerts.keys.make_case', run: withCurrent(verbs.makeCase) },
      o: { label: 'alerts.keys.open_case', run: withCurrent(verbs.openCase) },
      ...levels,
      f: { label: 'alerts.keys.flood', run: verbs.toggleFlood },
      u: { label: 'alerts.keys.renew', run: verbs.renew },
      Escape: { label: 'alerts.keys.close', run: verbs.close },
    },
    { scope: 'alerts.keys.scope.list', active: here },
  )
  return { focus }
}
