/** A draft tried on a camera's last minutes: the server signs the rules, the worker that looks through the camera answers. */
import { api, data, headers } from './client'
import { ApiProblem, problemOf } from './problem'
import type { BindingIn } from './schema'

export interface TriedEvent {
  start: string
  /** Null while it goes on. */
  end: string | null
  peak: number
  kind: string
  about: string
  unseen_s: number
}

export interface TriedRule {
  rule: string
  zone: string
  /** Looks that the rule could use; with none of them `why` says what was missing. */
  looks: number
  why: '' | 'nothing' | 'kinds' | 'tracks' | 'kept' | 'closed'
  found: number
  events: TriedEvent[]
  /** The most in each of equal steps; null where nobody looked; empty where there is no limit. */
  values: (number | null)[]
  unseen: [string, string][]
  closed: [string, string][]
  crossed: Record<string, number>
}

export interface Tried {
  worker: string
  camera: string
  since: string
  until: string
  seen_at: string | null
  rules: TriedRule[]
}

export async function tryDraft(draft: BindingIn, signal?: AbortSignal): Promise<Tried> {
  const place = await data(api.POST('/api/video/bindings/try', { body: draft, signal }))
  let answer: Response
  try {
    // Nothing of the session: the key in the address is for these rules alone.
    answer = await fetch(place.url, {
      method: 'POST',
      body: place.body,
      headers: { 'Content-Type': 'application/json' },
      credentials: 'omit',
      signal,
    })
  } catch (error) {
    throw ApiProblem.offline(error)
  }
  if (!answer.ok) throw inOurWords(await problemOf(answer))
  return { worker: place.worker, ...((await answer.json()) as Omit<Tried, 'worker'>) }
}

/** A worker answers in both languages. */
function inOurWords(refused: ApiProblem): ApiProblem {
  const said = refused.problem as ApiProblem['problem'] & { detail_zh?: string; detail_en?: string }
  const english = headers('POST')['Accept-Language'] === 'en'
  return new ApiProblem({ ...said, detail: (english ? said.detail_en : said.detail_zh) ?? said.detail })
}
