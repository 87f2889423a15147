/** What was asked for in the list and is done in the card, which has what it takes (reasons, kinds of cases). */
import { shallowRef } from 'vue'

export type CardVerb = 'shelve' | 'report' | 'judge'
export interface Intent {
  incident: number
  verb: CardVerb
}

export const intent = shallowRef<Intent | null>(null)

/** The card takes what is meant for it, once. */
export function takeIntent(incident: number): CardVerb | null {
  if (intent.value?.incident !== incident) return null
  const { verb } = intent.value
  intent.value = null
  return verb
}
