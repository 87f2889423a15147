import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'

import { cameraText, LAYERS_ON, parseCamera, parseFloor, parseSelection, useView } from './view'

beforeEach(() => setActivePinia(createPinia()))

describe('what an address says', () => {
  it('takes a selection of a known kind, and nothing else', () => {
    expect(parseSelection('incident:12')).toEqual({ kind: 'incident', id: '12' })
    for (const text of ['person:1', 'incident:', ':1', 'incident', undefined, ['a']])
      expect(parseSelection(text)).toBeNull()
  })

  it('takes a camera that is one, and gives it back as it was', () => {
    const camera = { lon: 113.72, lat: 34.77, zoom: 15.5, pitch: 50, bearing: -20 }
    expect(parseCamera(cameraText(camera))).toEqual(camera)
    for (const text of ['1,2,3', 'a,b,c,d,e', '500,0,1,0,0', '0,0,1,99,0', ''])
      expect(parseCamera(text)).toBeNull()
  })

  it('takes a floor above the ground', () => {
    expect(parseFloor('9')).toBe(9)
    for (const text of ['0', '-1', '1.5', 'x', undefined]) expect(parseFloor(text)).toBeNull()
  })
})

describe('the view', () => {
  it('comes back from its own address', () => {
    const view = useView()
    view.select('building', 'b-05')
    view.floor = 9
    view.toggle('cameras')
    const query = view.toQuery()
    setActivePinia(createPinia())
    const other = useView()
    other.fromQuery(query)
    expect(other.toQuery()).toEqual(query)
    expect(other.layers.has('cameras')).toBe(true)
  })

  it('says nothing of layers that are as always', () => {
    const view = useView()
    expect(view.toQuery()).toEqual({})
    view.fromQuery({ l: [...LAYERS_ON, 'nonsense'].join(',') })
    expect(view.toQuery()).toEqual({})
  })

  it('flies for a list and for a link, not for a click in the map', () => {
    const view = useView()
    view.select('incident', 1, { fly: false })
    expect(view.flights).toBe(0)
    view.select('incident', 2)
    expect(view.flights).toBe(1)
    view.fromQuery({ sel: 'incident:2' })
    expect(view.flights).toBe(1)
    view.fromQuery({ sel: 'post:FP-01' })
    expect(view.flights).toBe(2)
    // A link that says from where to look is looked at from there.
    view.fromQuery({ sel: 'incident:3', c: '113.72000,34.77000,15.00,50,0' })
    expect(view.flights).toBe(2)
  })

  it('closes the floors when another thing is chosen', () => {
    const view = useView()
    view.select('building', 'b-05')
    view.floor = 3
    view.select('building', 'b-06')
    expect(view.floor).toBeNull()
  })
})
