import { describe, expect, it } from 'vitest'

import type { BindingOut, CameraDetailOut, PresetOut } from '@/api/schema'

import { allowedBy, differing, draftOf, switchedOff } from './terms'

const camera = {
  bases: [{ code: 'LAW', zh: '', en: '' }],
  owner: 'ga',
  terms: ['traffic', 'safety'],
  terms_ref: 'T-1',
  retention_days: 30,
  ceiling_days: 90,
  sign: 'yes',
  sign_on: '2025-05-06',
  started_on: null,
  filed_on: null,
  filing_number: '',
  model: '',
} as unknown as CameraDetailOut
const with_ = (part: object) => differing(camera, { ...draftOf(camera), ...part })

describe('what is told to the server', () => {
  it('is nothing where nothing differs, whatever the order', () => {
    expect(differing(camera, draftOf(camera))).toEqual({})
    expect(with_({ purposes: ['safety', 'traffic'] })).toEqual({})
  })
  it('is each field that differs, under the name that the server has for it', () =>
    expect(
      with_({ bases: ['LAW', 'MORE'], purposes: ['traffic'], sign: false, sign_on: '', ceiling_days: 60 }),
    ).toEqual({
      legal_basis: 'LAW+MORE',
      purposes: ['traffic'],
      sign: 'no',
      sign_on: null,
      ceiling_days: 60,
    }))
  it('terms that are taken off the record are no empty list', () => {
    expect(with_({ on_record: false })).toEqual({ purposes: null })
    expect(with_({ purposes: [] })).toEqual({ purposes: [] })
  })
})

describe('what it leaves', () => {
  const bases = [
    { code: 'LAW', zh: '', en: '', purposes: ['traffic', 'upkeep'] },
    { code: 'MORE', zh: '', en: '', purposes: ['safety'] },
  ]
  const draft = draftOf(camera)
  it('is inside the basis and the terms at once', () => {
    expect([...allowedBy(draft, bases)]).toEqual(['traffic'])
    expect([...allowedBy({ ...draft, bases: ['LAW', 'MORE'] }, bases)]).toEqual(['traffic', 'safety'])
    expect([...allowedBy({ ...draft, on_record: false }, bases)]).toEqual([])
  })
  it('switches off what is on and no longer allowed', () => {
    const of = (preset: string, enabled = true) => ({ code: preset, preset, enabled }) as BindingOut
    const presets = [{ code: 'crowd', purpose: 'safety' }, { code: 'cars', purpose: 'traffic' }] as PresetOut[] // prettier-ignore
    const rows = [of('crowd'), of('cars'), of('crowd', false), of('unknown')]
    expect(switchedOff(rows, presets, new Set(['traffic']))).toEqual([rows[0]])
  })
})
