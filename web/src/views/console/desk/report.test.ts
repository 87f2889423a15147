import { describe, expect, it } from 'vitest'

import type { FoundOut } from '@/api/schema'

import {
  bodyOf,
  isEmpty,
  keep,
  next,
  placeOf,
  pointOf,
  restore,
  start,
  type Event,
  type State,
} from './report'

let keys = 0
const newKey = (): string => `key-${++keys}`
const PLACE = {
  kind: 'area' as const,
  code: 'm-001',
  name_zh: '微网格一',
  name_en: 'Micro grid 1',
  area: 'm-001',
  lon: 113.7,
  lat: 34.7,
}
const run = (state: State, ...events: Event[]): State =>
  events.reduce((now, event) => next(now, event, newKey), state)
const full = (): State =>
  run(start(newKey), { type: 'change', part: { kind: 'noise', place: PLACE, description: '很吵 ' } })

describe('registering by hand', () => {
  it('is not sent without a kind and a place, and says so until they are there', () => {
    const asked = run(start(newKey), { type: 'send' })
    expect(asked).toMatchObject({ phase: 'editing', missing: ['kind', 'place'] })
    expect(run(asked, { type: 'change', part: { kind: 'noise' } }).missing).toEqual(['place'])
  })

  it('keeps everything and the key when sending fails, so that sending again is the same intent', () => {
    const sending = run(full(), { type: 'send' })
    const failed = run(sending, { type: 'failed', error: new Error('away') })
    expect(failed.draft).toEqual(sending.draft)
    expect(run(failed, { type: 'send' })).toMatchObject({ phase: 'sending', key: sending.key })
  })

  it('takes a new key once something else is sent', () => {
    const failed = run(full(), { type: 'send' }, { type: 'failed', error: 1 })
    const other = run(failed, { type: 'change', part: { description: '更吵' } }, { type: 'send' })
    expect(other.key).not.toBe(failed.key)
    expect(other.error).toBeNull()
  })

  it('cannot be changed or sent twice while it is on its way', () => {
    const sending = run(full(), { type: 'send' })
    expect(run(sending, { type: 'change', part: { kind: 'other' } }, { type: 'send' })).toBe(sending)
  })

  it('is ready for the next one, from the same source, when it is done', () => {
    const radio = run(full(), { type: 'change', part: { source: 'radio' } }, { type: 'send' })
    const done = run(radio, { type: 'sent', answer: { id: 7 } })
    expect(done).toMatchObject({ phase: 'editing', last: { id: 7, joined: false }, sent: null })
    expect(done.draft.source).toBe('radio')
    expect(isEmpty(done.draft)).toBe(true)
    expect(done.key).not.toBe(radio.key)
  })

  it('forgets the condition of another kind', () => {
    const chosen = run(full(), { type: 'change', part: { condition: 'loud' } })
    expect(run(chosen, { type: 'change', part: { kind: 'noise' } }).draft.condition).toBe('loud')
    expect(run(chosen, { type: 'change', part: { kind: 'flood' } }).draft.condition).toBe('')
  })
})

describe('over a reload', () => {
  it('comes back for the same person, and a cut-off send keeps its key', () => {
    const sending = run(full(), { type: 'send' })
    const back = restore(keep('p-1', sending), 'p-1', newKey)
    expect(back).toMatchObject({ phase: 'editing', key: sending.key, draft: sending.draft })
    expect(run(back, { type: 'send' }).key).toBe(sending.key)
  })
  it('shows nothing to another person, nor from rubbish', () => {
    expect(isEmpty(restore(keep('p-1', full()), 'p-2', newKey).draft)).toBe(true)
    expect(isEmpty(restore('{', 'p-1', newKey).draft)).toBe(true)
  })
  it('keeps nothing where nothing is written', () => {
    expect(keep('p-1', start(newKey))).toBeNull()
  })
})

describe('what is sent', () => {
  it('an area as its code, without the middle of it as a point', () => {
    expect(bodyOf(full().draft)).toEqual({
      kind: 'noise',
      source: 'phone',
      description: '很吵',
      area: 'm-001',
    })
  })
  it('a point as a point, and a reporter only where there is one', () => {
    const state = run(full(), { type: 'change', part: { place: pointOf('113.72,34.77'), phone: ' 123 ' } })
    expect(bodyOf(state.draft)).toMatchObject({
      lon: 113.72,
      lat: 34.77,
      reporter: { name: '', phone: '123' },
    })
    expect(bodyOf(state.draft).area).toBeUndefined()
  })
})

it('a point from the map is one, or nothing', () => {
  for (const text of ['x', '113', '113,34,1', '999,34', undefined]) expect(pointOf(text)).toBeNull()
})

it('a post is where it stands; a case is no place', () => {
  const found = { code: 'FP-01', name_zh: '岗', name_en: 'Post', area: 'm-001', lon: 1, lat: 2 } as FoundOut
  expect(placeOf({ ...found, kind: 'post' })).toMatchObject({ kind: 'point', area: 'm-001', lon: 1 })
  expect(placeOf({ ...found, kind: 'post', lon: null })).toBeNull()
  expect(placeOf({ ...found, kind: 'case' })).toBeNull()
  expect(placeOf({ ...found, kind: 'building' })).toMatchObject({ kind: 'building', code: 'FP-01' })
})
