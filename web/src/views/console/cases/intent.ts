/** One key for one intent: what is sent again unchanged carries the same key, what was changed or done carries a new one. */
import { once } from '@/api/client'

export interface Intent {
  headers: (body: unknown) => { 'Idempotency-Key': string }
  done: () => void
}

export function intent(): Intent {
  let sent: string | null = null
  let key = once()
  return {
    headers(body) {
      const now = JSON.stringify(body)
      if (sent !== null && sent !== now) key = once()
      sent = now
      return key
    },
    done() {
      sent = null
      key = once()
    },
  }
}
