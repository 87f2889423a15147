/** Moments in a form: the district's wall clock, wherever the reader sits. */
import { zoneOffsetMinutes } from '@/ui/format'

const pad = (n: number): string => String(n).padStart(2, '0')

/** Epoch ms as `datetime-local` wants it, in the district's zone. */
export function localInput(at: number): string {
  const local = new Date(at + zoneOffsetMinutes(at) * 60_000)
  return `${local.getUTCFullYear()}-${pad(local.getUTCMonth() + 1)}-${pad(local.getUTCDate())}T${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}`
}

/** What stands in such a field, as an ISO moment with its offset. */
export function fromLocalInput(text: string): string {
  const asUtc = Date.parse(`${text}:00Z`)
  return new Date(asUtc - zoneOffsetMinutes(asUtc) * 60_000).toISOString()
}
