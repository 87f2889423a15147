/**
 * The keys of the console: one registry, so that `?` can list what is active and two parts never fight over a key.
 *
 *   useKeys({ 'g m': { label: 'alerts.keys.go_map', run: goMap }, j: { ... } }, { scope: 'alerts.keys.scope.list' })
 *
 * A key is as `KeyboardEvent.key` says it, a sequence its keys with blanks between. What was registered last wins: a page
 * over the frame, a dialog over the page. Nothing fires while somebody types, or with Ctrl, Alt or Meta held.
 */
import { onScopeDispose, ref, shallowReactive, toValue, type MaybeRefOrGetter } from 'vue'

export interface Binding {
  /** What it does, as a key of the words. */
  label: string
  run: (event: KeyboardEvent) => void
}
export interface Layer {
  /** Under which heading `?` lists them, as a key of the words. */
  scope: string
  bindings: Record<string, Binding>
  active: () => boolean
}

/** So long after the first key of a sequence the second must come. */
const SEQUENCE_MS = 1500

export class KeyRegistry {
  readonly layers: Layer[] = shallowReactive([])
  private begun = ''
  private begunAt = 0

  add(layer: Layer): () => void {
    this.layers.push(layer)
    return () => {
      const at = this.layers.indexOf(layer)
      if (at >= 0) this.layers.splice(at, 1)
    }
  }

  /** Run what is bound to this key, if anything. Returns whether something was. */
  press(event: KeyboardEvent): boolean {
    // Caps lock is on more often than anybody notices.
    const key = event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key
    if (
      event.defaultPrevented ||
      event.isComposing ||
      event.ctrlKey ||
      event.altKey ||
      event.metaKey ||
      isTyping(event.target)
    )
      return false
    const sequence = this.begun && event.timeStamp - this.begunAt < SEQUENCE_MS ? `${this.begun} ${key}` : ''
    this.begun = ''
    const found = (sequence && this.find(sequence)) || this.find(key)
    if (found) {
      event.preventDefault()
      found.run(event)
      return true
    }
    if (this.begins(key)) {
      this.begun = key
      this.begunAt = event.timeStamp
    }
    return false
  }

  /** What is active now, by heading; a key that another layer has taken is not listed twice. */
  listed(): { scope: string; keys: { key: string; label: string }[] }[] {
    const taken = new Set<string>()
    const sections = new Map<string, { key: string; label: string }[]>()
    for (const layer of [...this.layers].reverse()) {
      if (!layer.active()) continue
      for (const [key, binding] of Object.entries(layer.bindings)) {
        if (taken.has(key)) continue
        taken.add(key)
        const section = sections.get(layer.scope) ?? []
        section.push({ key, label: binding.label })
        sections.set(layer.scope, section)
      }
    }
    return [...sections].map(([scope, keys]) => ({ scope, keys }))
  }

  private find(key: string): Binding | undefined {
    for (let at = this.layers.length - 1; at >= 0; at--) {
      const layer = this.layers[at]!
      if (layer.bindings[key] && layer.active()) return layer.bindings[key]
    }
    return undefined
  }

  private begins(key: string): boolean {
    return this.layers.some(
      (layer) => layer.active() && Object.keys(layer.bindings).some((k) => k.startsWith(`${key} `)),
    )
  }
}

const FIELDS = new Set([
  'text',
  'search',
  'email',
  'tel',
  'url',
  'password',
  'number',
  'date',
  'time',
  'datetime-local',
])

/** Whether keys belong to what has the focus: a field, a list to choose from, something editable, an open dialog. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (
    target.isContentEditable ||
    target.closest('dialog[open], [role="dialog"], [role="listbox"], [role="menu"]')
  )
    return true
  if (target instanceof HTMLInputElement) return FIELDS.has(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}

export const keys = new KeyRegistry()
/** Whether the list of keys is shown. */
export const keysShown = ref(false)

/** Bind keys for as long as the component lives. */
export function useKeys(
  bindings: Record<string, Binding>,
  options: { scope: string; active?: MaybeRefOrGetter<boolean> },
): void {
  const remove = keys.add({ scope: options.scope, bindings, active: () => toValue(options.active ?? true) })
  onScopeDispose(remove)
}
