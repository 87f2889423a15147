/**
 * Registering a report by hand, as a state machine without a page: what is filled in, what is missing, what is sent, what
 * survives a reload. Nothing is lost by a failure, and nothing is sent twice.
 */
import type { CaseStateOut, FoundOut, ReportedOut, ReportIn } from '@/api/schema'

export const SOURCES = ['phone', 'radio', 'walk_in'] as const
export type HandSource = (typeof SOURCES)[number]

export interface Place {
  kind: 'area' | 'asset' | 'building' | 'point'
  code: string
  name_zh: string
  name_en: string
  /** The smallest area around it, as far as it is known: for what lies near. */
  area: string
  lon: number | null
  lat: number | null
}

export interface Draft {
  kind: string
  condition: string
  place: Place | null
  source: HandSource
  description: string
  name: string
  phone: string
}

export const blank = (source: HandSource = 'phone'): Draft => ({
  kind: '',
  condition: '',
  place: null,
  source,
  description: '',
  name: '',
  phone: '',
})

export type Phase = 'editing' | 'sending' | 'failed'

export interface State {
  draft: Draft
  phase: Phase
  /** The key of this intent, and what was last sent under it: the same again is the same intent. */
  key: string
  sent: string | null
  missing: ('kind' | 'place')[]
  error: unknown
  /** What was registered last; stays in sight while the next one is written. */
  last: Done | null
}

export interface Done {
  id: number
  joined: boolean
}

export type Event =
  | { type: 'change'; part: Partial<Draft> }
  | { type: 'send' }
  | { type: 'sent'; answer: Pick<ReportedOut | CaseStateOut, 'id'> & { joined?: boolean } }
  | { type: 'failed'; error: unknown }
  | { type: 'clear' }

type NewKey = () => string

export const start = (newKey: NewKey, draft: Draft = blank()): State => ({
  draft,
  phase: 'editing',
  key: newKey(),
  sent: null,
  missing: [],
  error: null,
  last: null,
})

export const missingOf = (draft: Draft): ('kind' | 'place')[] => [
  ...(draft.kind ? [] : ['kind' as const]),
  ...(draft.place ? [] : ['place' as const]),
]

export const isEmpty = (draft: Draft): boolean =>
  !draft.kind && !draft.place && !draft.description.trim() && !draft.name.trim() && !draft.phone.trim()

export function next(state: State, event: Event, newKey: NewKey): State {
  switch (event.type) {
    case 'change': {
      // What is on its way is not changed under way.
      if (state.phase === 'sending') return state
      const draft = { ...state.draft, ...event.part }
      // A condition belongs to its kind.
      if (event.part.kind !== undefined && event.part.kind !== state.draft.kind) draft.condition = ''
      const missing = state.missing.length ? missingOf(draft) : []
      return {
        ...state,
        draft,
        missing,
        phase: 'editing',
        error: state.phase === 'failed' ? null : state.error,
      }
    }
    case 'send': {
      if (state.phase === 'sending') return state
      const missing = missingOf(state.draft)
      if (missing.length) return { ...state, missing }
      const body = JSON.stringify(bodyOf(state.draft))
      const key = state.sent !== null && state.sent !== body ? newKey() : state.key
      return { ...state, phase: 'sending', key, sent: body, missing: [], error: null }
    }
    case 'sent':
      return {
        ...start(newKey, blank(state.draft.source)),
        last: { id: event.answer.id, joined: event.answer.joined ?? false },
      }
    case 'failed':
      return { ...state, phase: 'failed', error: event.error }
    case 'clear':
      return { ...start(newKey, blank(state.draft.source)), last: state.last }
  }
}

export function bodyOf(draft: Draft): ReportIn {
  const { place } = draft
  const body: Partial<ReportIn> = {
    kind: draft.kind,
    source: draft.source,
    description: draft.description.trim(),
  }
  if (draft.condition) body.condition = draft.condition
  if (place && place.kind !== 'point') body[place.kind] = place.code
  // Of an area the middle says nothing of where in it: only a thing or a point has an exact place.
  if (place && place.kind !== 'area' && place.lon !== null && place.lat !== null) {
    body.lon = place.lon
    body.lat = place.lat
  }
  const name = draft.name.trim()
  const phone = draft.phone.trim()
  if (name || phone) body.reporter = { name, phone }
  return body as ReportIn
}

/** What the search found, as a place; null for what is none. */
export function placeOf(found: FoundOut): Place | null {
  const { code, name_zh, name_en, area, lon, lat } = found
  const common = { code, name_zh, name_en, lon, lat }
  if (found.kind === 'area') return { ...common, kind: 'area', area: code }
  if (found.kind === 'asset' || found.kind === 'building') return { ...common, kind: found.kind, area }
  // A post or a named place is where it stands.
  if ((found.kind === 'post' || found.kind === 'place') && lon !== null && lat !== null)
    return { ...common, kind: 'point', area }
  return null
}

/** A point that was picked on the map: `?at=113.72,34.77`. */
export function pointOf(text: unknown): Place | null {
  if (typeof text !== 'string') return null
  const [lon, lat, ...more] = text.split(',').map(Number)
  if (more.length || lon === undefined || lat === undefined || !Number.isFinite(lon) || !Number.isFinite(lat))
    return null
  if (Math.abs(lon) > 180 || Math.abs(lat) > 90) return null
  const name = `${lon.toFixed(5)}, ${lat.toFixed(5)}`
  return { kind: 'point', code: '', name_zh: name, name_en: name, area: '', lon, lat }
}

interface Kept {
  owner: string
  draft: Draft
  key: string
  sent: string | null
}

/** What is kept over a reload, for the same person only. */
export const keep = (owner: string, state: State): string | null =>
  isEmpty(state.draft) && state.phase !== 'sending'
    ? null
    : JSON.stringify({ owner, draft: state.draft, key: state.key, sent: state.sent } satisfies Kept)

/** A send that a reload cut off keeps its key: sent again unchanged, it is done once. */
export function restore(text: string | null, owner: string, newKey: NewKey): State {
  const fresh = start(newKey)
  if (!text) return fresh
  try {
    const kept = JSON.parse(text) as Kept
    if (kept.owner !== owner || typeof kept.key !== 'string') return fresh
    return { ...fresh, draft: { ...blank(), ...kept.draft }, key: kept.key, sent: kept.sent }
  } catch {
    return fresh
  }
}
