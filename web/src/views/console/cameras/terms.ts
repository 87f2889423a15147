/** The record of a camera as a form holds it, and what of it is told to the server: only what differs. Pure. */
import type { BindingOut, CameraDetailOut, PresetOut, VideoBasis } from '@/api/schema'

export interface TermsDraft {
  bases: string[]
  owner: string
  /** False: the owner's terms are not on record, and nothing is allowed. */
  on_record: boolean
  purposes: string[]
  terms_ref: string
  retention_days: number
  ceiling_days: number
  sign: boolean
  sign_on: string
  started_on: string
  filed_on: string
  filing_number: string
  model: string
}
const BETWEEN = '+'
const DATES = ['sign_on', 'started_on', 'filed_on'] as const
const PLAIN = ['owner', 'terms_ref', 'retention_days', 'ceiling_days', 'filing_number', 'model'] as const

export const draftOf = (camera: CameraDetailOut): TermsDraft => ({
  bases: camera.bases.map((one) => one.code),
  owner: camera.owner,
  on_record: camera.terms !== null,
  purposes: [...(camera.terms ?? [])],
  terms_ref: camera.terms_ref,
  retention_days: camera.retention_days,
  ceiling_days: camera.ceiling_days,
  sign: camera.sign === 'yes',
  sign_on: camera.sign_on ?? '',
  started_on: camera.started_on ?? '',
  filed_on: camera.filed_on ?? '',
  filing_number: camera.filing_number,
  model: camera.model,
})

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((part) => other.includes(part))

/** What the server is told: the fields that differ from what is on record. */
export function differing(camera: CameraDetailOut, draft: TermsDraft): Record<string, unknown> {
  const before = draftOf(camera)
  const found: Record<string, unknown> = {}
  if (!same(before.bases, draft.bases)) found.legal_basis = draft.bases.join(BETWEEN)
  for (const key of PLAIN) if (before[key] !== draft[key]) found[key] = draft[key]
  if (before.on_record !== draft.on_record || (draft.on_record && !same(before.purposes, draft.purposes)))
    found.purposes = draft.on_record ? draft.purposes : null
  if (before.sign !== draft.sign) found.sign = draft.sign ? 'yes' : 'no'
  for (const key of DATES) if (before[key] !== draft[key]) found[key] = draft[key] || null
  return found
}

/** What the camera may be used for then: inside the legal basis and inside the owner's terms. */
export function allowedBy(draft: TermsDraft, bases: readonly VideoBasis[]): Set<string> {
  const covered = bases.filter((one) => draft.bases.includes(one.code)).flatMap((one) => one.purposes)
  return new Set(draft.on_record ? draft.purposes.filter((one) => covered.includes(one)) : [])
}

/** The algorithms that are on and would be switched off by it. */
export const switchedOff = (
  bindings: readonly BindingOut[],
  presets: readonly PresetOut[],
  allowed: ReadonlySet<string>,
): BindingOut[] =>
  bindings.filter((one) => {
    const purpose = presets.find((preset) => preset.code === one.preset)?.purpose
    return one.enabled && purpose !== undefined && !allowed.has(purpose)
  })
