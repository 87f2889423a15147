/** A form made from what a verb of the workflow takes: which fields, what is missing, what is sent. Pure. */
import type { ArgumentOut, MoveIn, VerbOut } from '@/api/schema'

export type FieldName = ArgumentOut['name']

export interface Field {
  name: FieldName
  form: ArgumentOut['form']
  required: boolean
  label_zh: string
  label_en: string
}

/** What has been filled in so far. Empty text is nothing said. */
export interface Answers {
  reason: string
  description: string
  ok: boolean | null
  post: string
  /** A moment, ISO with an offset. */
  until: string
  into: number | null
  alert_ids: number[]
  condition: string
}

export const blank = (): Answers => ({
  reason: '',
  description: '',
  ok: null,
  post: '',
  until: '',
  into: null,
  alert_ids: [],
  condition: '',
})

/** What must be said first; a reason, where it is only welcome, last. */
export function fieldsOf(verb: Pick<VerbOut, 'arguments'>): Field[] {
  const rank = (field: Field): number => (field.required ? 0 : 2) + (field.form === 'text' ? 1 : 0)
  return verb.arguments.map((argument) => ({ ...argument })).sort((a, b) => rank(a) - rank(b))
}

const said = (answers: Answers, name: FieldName): boolean => {
  const value = answers[name]
  if (typeof value === 'string') return value.trim() !== ''
  return Array.isArray(value) ? value.length > 0 : value !== null
}

export type Fault = 'missing' | 'past'

/** What keeps the form from being sent; the server has the last word all the same. */
export function faults(
  fields: readonly Field[],
  answers: Answers,
  now: number,
): Partial<Record<FieldName, Fault>> {
  const found: Partial<Record<FieldName, Fault>> = {}
  for (const field of fields) {
    if (!said(answers, field.name)) {
      if (field.required) found[field.name] = 'missing'
    } else if (field.form === 'moment' && !(Date.parse(answers.until) > now)) found[field.name] = 'past'
  }
  return found
}

/** The body of the command: only what the verb takes, and only what was said. */
export function bodyOf(verb: string, fields: readonly Field[], answers: Answers): MoveIn {
  const given = fields
    .filter((field) => said(answers, field.name))
    .map((field) => {
      const value = answers[field.name]
      return [field.name, typeof value === 'string' ? value.trim() : value] as const
    })
  return { verb, ...Object.fromEntries(given) }
}

export interface Sorted {
  /** Open to this reader, the way on first. */
  open: VerbOut[]
  /** This reader's own, but something stands in the way. */
  blocked: VerbOut[]
  /** Others' business. */
  others: VerbOut[]
}

const DIRECTIONS: readonly VerbOut['direction'][] = ['forward', 'end', 'back', 'side']

export function sortVerbs(verbs: readonly VerbOut[]): Sorted {
  const ranked = [...verbs].sort((a, b) => DIRECTIONS.indexOf(a.direction) - DIRECTIONS.indexOf(b.direction))
  return {
    open: ranked.filter((verb) => verb.allowed),
    blocked: ranked.filter((verb) => !verb.allowed && verb.code !== 'not_allowed'),
    others: ranked.filter((verb) => !verb.allowed && verb.code === 'not_allowed'),
  }
}
