/** What is said of an event that algorithms found. */
import type { VideoEventOut } from '@/api/schema'
import { i18n } from '@/i18n'
import { amount } from '@/ui/measure'

/** The most that an event came to, with what it is a number of; where that is its length, the length says it. */
export function peakOf(event: Pick<VideoEventOut, 'kind' | 'peak'>): string {
  switch (event.kind) {
    case 'occupancy':
    case 'line_crossing':
      return `${amount(event.peak)} ${i18n.global.t('bindings.unit.count')}`
    case 'density':
      return amount(event.peak)
    case 'area_fraction':
    case 'label_vote':
      return `${Math.round(event.peak * 100)}%`
    default:
      return '–'
  }
}
