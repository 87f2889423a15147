/** The ruler: each click adds a corner; the line's length, and from three corners on the surface it would close. */
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { number } from '@/ui/format'

import { useCityMap } from './context'
import { collection, point, type Collection, type Feature } from './features'
import { area, length, type LonLat } from './geometry'

type Say = (key: string, values: Record<string, unknown>) => string

export function metres(value: number, say: Say): string {
  return value < 1000
    ? say('map.measure.m', { n: number(value, value < 10 ? 1 : 0) })
    : say('map.measure.km', { n: number(value / 1000, 2) })
}

export function squareMetres(value: number, say: Say): string {
  return value < 1e6
    ? say('map.measure.m2', { n: number(value) })
    : say('map.measure.km2', { n: number(value / 1e6, 3) })
}

export function rulerFeatures(corners: readonly LonLat[]): Collection {
  const features: Feature[] = corners.map(([lon, lat]) => point(lon, lat, { part: 'corner' }))
  const line = corners.map((corner) => [...corner])
  if (corners.length > 2)
    features.push({
      type: 'Feature',
      geometry: { type: 'Polygon', coordinates: [[...line, line[0]!]] },
      properties: { part: 'surface' },
    })
  if (corners.length > 1)
    features.push({
      type: 'Feature',
      geometry: { type: 'LineString', coordinates: line },
      properties: { part: 'line' },
    })
  return collection(features)
}

export function useRuler() {
  const map = useCityMap()
  const { t } = useI18n()
  const active = ref(false)
  const corners = shallowRef<LonLat[]>([])

  const add = (at: { lng: number; lat: number }): void =>
    void (corners.value = [...corners.value, [at.lng, at.lat]])
  const onClick = ({ lngLat }: { lngLat: { lng: number; lat: number } }): void => add(lngLat)
  const onKey = (event: KeyboardEvent): void => {
    const host = map.engine.value?.map
    if (!host || event.target !== host.getCanvas()) return
    if (event.key === 'Enter') add(host.getCenter())
    else if (event.key === 'Backspace') corners.value = corners.value.slice(0, -1)
    else return
    event.preventDefault()
  }

  function start(): void {
    const host = map.engine.value?.map
    if (!host || active.value) return
    active.value = map.measuring.value = true
    host.on('click', onClick)
    host.getCanvas().style.cursor = 'crosshair'
    host.getCanvas().focus()
    window.addEventListener('keydown', onKey)
  }
  function stop(): void {
    const host = map.engine.value?.map
    active.value = map.measuring.value = false
    corners.value = []
    host?.off('click', onClick)
    if (host) host.getCanvas().style.cursor = ''
    window.removeEventListener('keydown', onKey)
  }
  watch(corners, (now) => map.engine.value?.put('measure', rulerFeatures(now)))
  onScopeDispose(() => window.removeEventListener('keydown', onKey))

  return {
    active,
    start,
    stop,
    length: computed(() => metres(length(corners.value), t as Say)),
    area: computed(() => (corners.value.length > 2 ? squareMetres(area(corners.value), t as Say) : '')),
  }
}
