import { afterEach, describe, expect, it, vi } from 'vitest'

import { isTyping, KeyRegistry } from './keys'

function press(
  keys: KeyRegistry,
  key: string,
  at = 0,
  options: KeyboardEventInit = {},
  target: EventTarget = document.body,
) {
  const event = new KeyboardEvent('keydown', { key, cancelable: true, ...options })
  Object.defineProperty(event, 'timeStamp', { value: at })
  Object.defineProperty(event, 'target', { value: target })
  return keys.press(event)
}
const layer = (scope: string, bindings: Record<string, () => void>, active = () => true) => ({
  scope,
  active,
  bindings: Object.fromEntries(
    Object.entries(bindings).map(([key, run]) => [key, { label: `${scope}.${key}`, run }]),
  ),
})
afterEach(() => document.body.replaceChildren())

describe('keys', () => {
  it('run what is bound, the latest layer first, and fall back when it goes', () => {
    const keys = new KeyRegistry()
    const [below, above] = [vi.fn(), vi.fn()]
    keys.add(layer('frame', { j: below }))
    const remove = keys.add(layer('page', { j: above }))
    press(keys, 'j')
    remove()
    press(keys, 'j')
    expect([above.mock.calls.length, below.mock.calls.length]).toEqual([1, 1])
  })

  it('leave out a layer that is not active', () => {
    const keys = new KeyRegistry()
    const run = vi.fn()
    keys.add(layer('page', { a: run }, () => false))
    expect(press(keys, 'a')).toBe(false)
    expect(keys.listed()).toEqual([])
  })

  it('know sequences, while they come soon enough', () => {
    const keys = new KeyRegistry()
    const [map, m] = [vi.fn(), vi.fn()]
    keys.add(layer('frame', { 'g m': map, m }))
    press(keys, 'g', 0)
    press(keys, 'm', 500)
    expect([map.mock.calls.length, m.mock.calls.length]).toEqual([1, 0])
    press(keys, 'g', 1000)
    press(keys, 'm', 9000)
    expect([map.mock.calls.length, m.mock.calls.length]).toEqual([1, 1])
  })

  it('are silent while somebody types, composes, or holds Ctrl', () => {
    const keys = new KeyRegistry()
    const run = vi.fn()
    keys.add(layer('frame', { a: run }))
    const field = document.createElement('input')
    const dialog = document.createElement('dialog')
    const inside = document.createElement('button')
    dialog.setAttribute('open', '')
    dialog.append(inside)
    document.body.append(field, dialog)
    press(keys, 'a', 0, {}, field)
    press(keys, 'a', 0, {}, inside)
    press(keys, 'a', 0, { ctrlKey: true })
    press(keys, 'a', 0, { isComposing: true })
    expect(run).not.toHaveBeenCalled()
    press(keys, 'a')
    expect(run).toHaveBeenCalledOnce()
  })

  it('a tick box is no field to type in', () => {
    const box = document.createElement('input')
    box.type = 'checkbox'
    expect(isTyping(box)).toBe(false)
    expect(isTyping(document.createElement('textarea'))).toBe(true)
    expect(isTyping(null)).toBe(false)
  })

  it('list each key once, under the layer that has it', () => {
    const keys = new KeyRegistry()
    const run = (): void => undefined
    keys.add(layer('frame', { j: run, '?': run }))
    keys.add(layer('page', { j: run }))
    expect(keys.listed()).toEqual([
      { scope: 'page', keys: [{ key: 'j', label: 'page.j' }] },
      { scope: 'frame', keys: [{ key: '?', label: 'frame.?' }] },
    ])
  })
})
