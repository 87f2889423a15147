/** Where each queue of the desk leads: to the list that shows the same things. Pure. */
import type { QueueOut } from '@/api/schema'

import { QUEUES, REPLAY_VIEWS } from '../cases/list'

export type Target = { name: string; query?: Record<string, string> } | 'messages'

/** The list of cases knows fewer queues of a night that is played: the others lead to all that were open then. */
export function targetOf(queue: Pick<QueueOut, 'code' | 'about'>, replaying = false): Target {
  if (queue.about === 'message') return 'messages'
  if (queue.about === 'alert') return { name: 'map' }
  const listed: readonly string[] = replaying ? REPLAY_VIEWS : QUEUES
  if (queue.about === 'case' && listed.includes(queue.code))
    return { name: 'cases', query: { queue: queue.code } }
  return queue.about === 'case' ? { name: 'cases' } : { name: 'posture' }
}

/** How pressing what waits is: something is late, something waits that others wait for, nothing waits. */
export type Press = 'late' | 'soon' | 'waits' | 'none'

export function pressOf(queue: Pick<QueueOut, 'code' | 'count'>): Press {
  if (!queue.count) return 'none'
  if (queue.code === 'overdue') return 'late'
  return queue.code === 'due_soon' || queue.code === 'to_acknowledge' ? 'soon' : 'waits'
}

/** What the moment beside a count means: a deadline missed, one to come, or since when the oldest waits. */
export function ageOf(
  queue: Pick<QueueOut, 'code' | 'oldest'>,
  now: number,
): { word: 'late_by' | 'soonest' | 'oldest'; ms: number } | null {
  if (!queue.oldest) return null
  const ms = now - Date.parse(queue.oldest)
  if (queue.code === 'due_soon') return { word: 'soonest', ms: Math.max(0, -ms) }
  return { word: queue.code === 'overdue' ? 'late_by' : 'oldest', ms: Math.max(0, ms) }
}
