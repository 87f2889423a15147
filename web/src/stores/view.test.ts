import { createPinia, getActivePinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, h, nextTick } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'

import {
  cameraText,
  LAYERS_ON,
  parseCamera,
  parseFloor,
  parseSelection,
  useView,
  useViewInAddress,
} from './view'

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

describe('the address', () => {
  const Page = defineComponent({
    setup() {
      useViewInAddress()
      return () => h('i')
    },
  })
  async function open(path: string) {
    vi.useFakeTimers()
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [
        { path: '/', name: 'map', component: Page },
        { path: '/desk', name: 'desk', component: { render: () => h('b') } },
      ],
    })
    await router.push(path)
    const app = createApp(RouterView)
    app.use(getActivePinia()!).use(router).mount(document.createElement('div'))
    await router.isReady()
    await nextTick()
    return { router, view: useView(), settle: () => vi.advanceTimersByTimeAsync(300) }
  }
  afterEach(() => void vi.useRealTimers())

  it('what another puts there meanwhile does not take back what was just chosen', async () => {
    const { router, view, settle } = await open('/')
    view.select('incident', 7)
    await router.replace({ query: { replay: '2023-12-31T10:00:00Z' } })
    await nextTick()
    expect(view.selectionText).toBe('incident:7')
    await settle()
    expect(router.currentRoute.value.query).toEqual({ replay: '2023-12-31T10:00:00Z', sel: 'incident:7' })
  })
  it('a link is followed, also back to what was left', async () => {
    const { router, view, settle } = await open('/?sel=case:1')
    expect(view.selectionText).toBe('case:1')
    view.select('case', 2)
    await settle()
    await router.push('/?sel=case:3')
    await nextTick()
    expect(view.selectionText).toBe('case:3')
    await router.push('/?sel=case:2')
    await nextTick()
    expect(view.selectionText).toBe('case:2')
    await router.push('/desk')
    await router.push('/')
    await nextTick()
    expect(view.selectionText).toBeUndefined()
  })
})
