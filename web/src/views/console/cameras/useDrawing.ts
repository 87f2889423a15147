/** The shapes that are drawn, one step back at a time, and the corners of one that is just being drawn. */
import { computed, ref, shallowRef } from 'vue'

import { apart, faultOf, freeCode, inside, plain, type Point, type Shape } from './polygon'

const STEPS = 60

export function useDrawing() {
  const shapes = shallowRef<readonly Shape[]>([])
  const before = shallowRef<readonly (readonly Shape[])[]>([])
  const chosen = ref(0)
  /** What is being drawn corner by corner. */
  const drawing = ref<Shape['what'] | null>(null)
  const corners = shallowRef<readonly Point[]>([])

  function keep(): void {
    before.value = [...before.value.slice(1 - STEPS), shapes.value]
  }
  /** `begun`: a drag that has kept its first step already. */
  function set(next: readonly Shape[], begun = false): void {
    if (!begun) keep()
    shapes.value = next
  }
  const change = (at: number, shape: Shape, begun = false): void =>
    set(
      shapes.value.map((one, n) => (n === at ? shape : one)),
      begun,
    )
  /** What was drawn so far is where it begins. */
  function forget(): void {
    before.value = []
    chosen.value = 0
    cancel()
  }
  function undo(): void {
    const last = before.value.at(-1)
    if (!last) return
    shapes.value = last
    before.value = before.value.slice(0, -1)
    chosen.value = Math.min(chosen.value, Math.max(0, last.length - 1))
  }
  function add(shape: Shape): void {
    set([...shapes.value, shape])
    chosen.value = shapes.value.length - 1
  }
  const addPlain = (what: Shape['what']): void => add(plain(shapes.value, what))
  function remove(at: number): void {
    set(shapes.value.filter((_, n) => n !== at))
    chosen.value = Math.max(0, Math.min(chosen.value, shapes.value.length - 1))
  }
  function begin(what: Shape['what']): void {
    drawing.value = what
    corners.value = []
  }
  function cancel(): void {
    drawing.value = null
    corners.value = []
  }
  function finish(): void {
    const what = drawing.value
    if (!what) return
    const least = what === 'line' ? 2 : 3
    const points = apart(corners.value)
    if (points.length >= least) add({ what, code: freeCode(shapes.value, what), points, square_metres: null })
    cancel()
  }
  /** A corner of what is being drawn; `closes` where it was set on the first one. */
  function corner(point: Point, closes: boolean): void {
    if (!drawing.value) return
    if (closes && drawing.value === 'zone' && corners.value.length >= 3) return finish()
    corners.value = [...corners.value, inside(point)]
    if (drawing.value === 'line' && corners.value.length === 2) finish()
  }
  const faults = computed(() => shapes.value.map(faultOf))
  return {
    shapes,
    chosen,
    drawing,
    corners,
    faults,
    canUndo: computed(() => before.value.length > 0),
    keep,
    set,
    change,
    forget,
    undo,
    addPlain,
    remove,
    begin,
    cancel,
    finish,
    corner,
  }
}
export type Drawing = ReturnType<typeof useDrawing>
