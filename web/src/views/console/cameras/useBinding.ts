/** The form of a binding: what is in it, what speaks against it while it is filled in, and saving it as a version. */
import { useQuery } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'

import { api, data, once } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import type { BindingIn, BindingOut, BindingVersionOut, PresetOut, VideoSchedule } from '@/api/schema'

import type { Point, Shape } from './polygon'
import { bindingCode, changed, fieldsOf, type Value } from './settings'
import { useDrawing } from './useDrawing'

type Said = Pick<BindingVersionOut, 'zones' | 'lines' | 'settings' | 'schedule' | 'cadence' | 'enabled'>

export function shapesOf(said: Pick<Said, 'zones' | 'lines'>): Shape[] {
  const points = (list: readonly (readonly number[])[]): Point[] => list.map(([x, y]) => [x!, y!])
  return [
    ...said.lines.map((one): Shape => ({
      what: 'line',
      code: one.code,
      points: points(one.points),
      square_metres: null,
    })),
    ...said.zones.map((one): Shape => ({
      what: 'zone',
      code: one.code,
      points: points(one.points),
      square_metres: one.square_metres ?? null,
    })),
  ]
}

interface State {
  shapes: readonly Shape[]
  settings: Record<string, Value>
  schedule: VideoSchedule | null
  enabled: boolean
  counts: boolean
  model: string
}

/** What a version said, as the form holds it. */
const stateOf = (said: Said, more: Pick<State, 'counts' | 'model'>): State => ({
  shapes: shapesOf(said),
  // A cadence beside the settings says the same as one among them; it is kept in one place.
  settings: { ...said.settings, ...(said.cadence === null ? {} : { cadence: said.cadence }) },
  schedule: said.schedule,
  enabled: said.enabled,
  ...more,
})

/** What the server is told of it. */
function bodyOf(code: string, camera: string, preset: PresetOut, now: State): BindingIn {
  const points = (shape: Shape): [number, number][] => shape.points.map(([x, y]) => [x, y])
  return {
    code,
    camera,
    preset: preset.code,
    zones: now.shapes
      .filter((one) => one.what === 'zone')
      .map((one) => ({ code: one.code, points: points(one), square_metres: one.square_metres })),
    lines: now.shapes
      .filter((one) => one.what === 'line')
      .map((one) => ({ code: one.code, points: points(one) })),
    settings: changed(fieldsOf(preset), now.settings),
    schedule: now.schedule,
    cadence: null,
    counts: now.counts,
    model: now.model,
    enabled: now.enabled,
  }
}

export function useBinding(
  camera: Ref<string>,
  binding: Ref<BindingOut | null>,
  presets: Ref<PresetOut[] | undefined>,
  taken: Ref<readonly string[]>,
  disabled: Ref<boolean>,
) {
  const drawing = useDrawing()
  const presetCode = ref('')
  const settings = shallowRef<Record<string, Value>>({})
  const schedule = shallowRef<VideoSchedule | null>(null)
  const enabled = ref(true)
  const counts = ref(false)
  const model = ref('')
  const preset = computed(() => presets.value?.find((one) => one.code === presetCode.value) ?? null)

  function take(said: Said): void {
    const state = stateOf(said, { counts: counts.value, model: model.value })
    // May be taken back as a whole: what was drawn meanwhile is not lost.
    drawing.set(state.shapes)
    settings.value = state.settings
    schedule.value = state.schedule
    enabled.value = state.enabled
  }
  function load(found: BindingOut): void {
    presetCode.value = found.preset
    counts.value = found.counts
    model.value = found.model
    take(found)
    drawing.forget()
    begun = inForce.value
    newer.value = false
  }

  const code = computed(() => binding.value?.code ?? bindingCode(camera.value, presetCode.value, taken.value))
  const body = computed<BindingIn | null>(
    () =>
      preset.value &&
      bodyOf(code.value, camera.value, preset.value, {
        shapes: drawing.shapes.value,
        settings: settings.value,
        schedule: schedule.value,
        enabled: enabled.value,
        counts: counts.value,
        model: model.value,
      }),
  )
  const text = computed(() => JSON.stringify(body.value))
  /** The same of the version in force. */
  const inForce = computed(() => {
    const found = binding.value
    const its = found && presets.value?.find((one) => one.code === found.preset)
    return JSON.stringify(its ? bodyOf(found.code, found.camera, its, stateOf(found, found)) : null)
  })
  const dirty = computed(() => (binding.value ? text.value !== inForce.value : presetCode.value !== ''))
  /** Somebody else has saved a version while this one was being changed. */
  const newer = ref(false)
  /** What was in force when the form was filled in. */
  let begun = 'null'
  watch(
    [() => binding.value?.code, inForce] as const,
    ([now], [before]) => {
      const found = binding.value
      if (!found || inForce.value === 'null') return
      if (now !== before || text.value === begun || begun === 'null') load(found)
      else if (text.value === inForce.value) begun = inForce.value
      else newer.value = true
    },
    { immediate: true },
  )
  const asked = ref(text.value)
  let timer = 0
  // Not with every step of a drag: once somebody pauses.
  watch(text, (now) => {
    clearTimeout(timer)
    timer = window.setTimeout(() => (asked.value = now), 400)
  })
  const check = useQuery({
    queryKey: computed(() => ['video', 'check', asked.value]),
    queryFn: () =>
      data(api.POST('/api/video/bindings/check', { body: JSON.parse(asked.value) as BindingIn })),
    enabled: computed(() => !disabled.value && asked.value !== 'null' && !drawing.faults.value.some(Boolean)),
    retry: false,
    gcTime: 60_000,
  })
  const checked = computed(() => asked.value === text.value && !check.isFetching.value && !!check.data.value)
  const problems = computed(() => (asked.value === text.value ? (check.data.value?.problems ?? []) : []))
  const broken = computed(() => drawing.faults.value.filter(Boolean).length)
  /** Where the check itself failed, saving is tried: the server checks again. */
  const ready = computed(
    () => (checked.value || check.isError.value) && problems.value.length === 0 && broken.value === 0,
  )

  const busy = ref(false)
  const error = ref<unknown>(null)
  let key = once()
  watch(text, () => (key = once()))
  async function save(): Promise<BindingOut | null> {
    if (!body.value || busy.value) return null
    busy.value = true
    error.value = null
    try {
      return (await data(api.POST('/api/video/bindings', { headers: key, body: body.value }))) as BindingOut
    } catch (refused) {
      error.value = refused
      if (!(refused instanceof ApiProblem && refused.problem.status === 0)) key = once()
      return null
    } finally {
      busy.value = false
    }
  }
  return { dirty, newer, load, body, drawing, preset, presetCode, settings, schedule, enabled, counts, take, check, checked, problems, broken, ready, busy, error, save } // prettier-ignore
}
