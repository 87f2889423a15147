import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, it } from 'vitest'

import { LAYERS } from '@/stores/view'

import { changes } from './difference'
import { look, tokens } from './look.fixture'
import { layers, POINTS_BELOW, SOURCES, style } from './style'

describe('the style', () => {
  it.each([
    ['plain', look()],
    ['everything on, English, a wall', look({ on: new Set(LAYERS), language: 'en', scale: 2.4 })],
    ['something selected', look({ selected: { kind: 'building', id: 'b-01' } })],
    [
      'a tower open',
      look({ selected: { kind: 'building', id: 'b-01' }, opened: { building: 'b-01', floor: 3 } }),
    ],
    ['rings brought out', look({ emphasised: new Set(['ring-core']) })],
  ])('is one that the engine accepts: %s', (_, shown) => {
    expect(validateStyleMin(style(shown)).map((error) => error.message)).toEqual([])
  })

  it('has each layer once, each on a source that there is', () => {
    const ids = layers(look()).map((spec) => spec.id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const spec of layers(look())) if ('source' in spec) expect(SOURCES).toContain(spec.source)
  })

  it('asks the network for nothing', () => {
    const text = JSON.stringify(style(look()))
    expect(text).not.toMatch(/https?:|"glyphs"|"sprite"/)
  })

  it('keeps all names above the points', () => {
    const specs = layers(look({ on: new Set(LAYERS) }))
    const below = specs.slice(
      0,
      specs.findIndex((spec) => spec.id === POINTS_BELOW),
    )
    expect(below.length).toBeGreaterThan(10)
    expect(below.filter((spec) => spec.type === 'symbol' && spec.layout?.['text-field'])).toEqual([])
  })
})

describe('a wall', () => {
  const zooms = (scale: number) =>
    Object.fromEntries(layers(look({ scale })).map((spec) => [spec.id, [spec.minzoom, spec.maxzoom]]))

  it('shows names when there is as much room for them as on a desk', () => {
    expect(zooms(4)['grid3-names']![0]).toBe(zooms(1)['grid3-names']![0]! + 2)
    expect(zooms(4)['water']).toEqual([undefined, undefined])
    expect(changes(layers(look()), layers(look({ scale: 4 }))).some((change) => change.what === 'zoom')).toBe(
      true,
    )
  })
})

describe('another look', () => {
  it('changes nothing when it is the same', () => {
    expect(changes(layers(look()), layers(look()))).toEqual([])
  })

  it('sets what the theme changes, and touches neither layout nor filters', () => {
    const found = changes(layers(look()), layers(look({ tokens: { ...tokens, water: '#123456' } })))
    expect(found.map((change) => [change.what, change.layer])).toContainEqual(['paint', 'water'])
    expect(new Set(found.map((change) => change.what))).toEqual(new Set(['paint']))
  })

  it('hides a layer that is switched off', () => {
    const found = changes(layers(look()), layers(look({ on: new Set() })))
    expect(found).toContainEqual({ what: 'layout', layer: 'ring-line', name: 'visibility', value: 'none' })
  })
})
