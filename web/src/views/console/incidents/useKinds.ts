/** Words for what an incident is about. Causes are the district's own; those without a word show an incident's name. */
import { useI18n } from 'vue-i18n'

import { named } from '@/i18n'

import type { Card } from './cards'

export function useKinds() {
  const { t, te } = useI18n()
  function kindName(kind: string, example?: Card): string {
    const key = `alerts.kind.${kind}`
    return te(key) ? t(key) : example ? named(example.row) : kind
  }
  return { kindName }
}
