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
    drawing.load(shapesOf(said))
    // A cadence beside the settings says the same as one among them; it is kept in one place.
    settings.value = { ...said.settings, ...(said.cadence === null ? {} : { cadence: said.cadence }) }
    schedule.value = said.schedule
    enabled.value = said.enabled
  }
  watch(
    () => binding.value && `${binding.value.code}@${binding.value.version}`,
    () => {
      const found = binding.value
      if (!found) return
      presetCode.value = found.preset
      counts.value = found.counts
      model.value = found.model
      take(found)
    },
    { immediate: true },
  )

  const body = computed<BindingIn | null>(() => {
    if (!preset.value) return null
    const shapes = drawing.shapes.value
    const points = (shape: Shape): [number, number][] => shape.points.map(([x, y]) => [x, y])
    return {
      code: binding.value?.code ?? bindingCode(camera.value, preset.value.code, taken.value),
      camera: camera.value,
      preset: preset.value.code,
      zones: shapes
        .filter((one) => one.what === 'zone')
        .map((one) => ({ code: one.code, points: points(one), square_metres: one.square_metres })),
      lines: shapes
        .filter((one) => one.what === 'line')
        .map((one) => ({ code: one.code, points: points(one) })),
      settings: changed(fieldsOf(preset.value), settings.value),
      schedule: schedule.value,
      cadence: null,
      counts: counts.value,
      model: model.value,
      enabled: enabled.value,
    }
  })
  const text = computed(() => JSON.stringify(body.value))
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
  return { body, drawing, preset, presetCode, settings, schedule, enabled, counts, take, check, checked, problems, broken, ready, busy, error, save } // prettier-ignore
}
