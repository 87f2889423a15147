/** The one place that knows MapLibre: a look and data go in, clicks and the camera come out. */
import 'maplibre-gl/dist/maplibre-gl.css'

import type { GeoJSON } from 'geojson'
import { Map as GLMap, setWorkerUrl, type GeoJSONSource, type MapMouseEvent } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'

import type { Camera } from '@/stores/view'

import { changes } from './difference'
import type { Collection } from './features'
import type { Box, LonLat } from './geometry'
import type { Spec } from './layers/spec'
import type { Look } from './look'
import { layers, style, type SourceId } from './style'

// Without it a bundled map stays blank, though everything builds.
setWorkerUrl(workerUrl)

/** How the district is looked at when nobody has said otherwise. */
export const PITCH = 50
const FLY_MS = 700

export interface Start {
  bounds: Box
  camera: Camera | null
  title: string
}

export class MapEngine {
  readonly map: GLMap
  private drawn: Spec[]
  private readonly still = matchMedia('(prefers-reduced-motion: reduce)').matches
  private ready = false
  private readonly waiting: (() => void)[] = []

  constructor(container: HTMLElement, look: Look, start: Start) {
    this.drawn = layers(look)
    const { camera } = start
    this.map = new GLMap({
      container,
      style: style(look),
      ...(camera
        ? { center: [camera.lon, camera.lat], zoom: camera.zoom, pitch: camera.pitch, bearing: camera.bearing }
        : { bounds: start.bounds as [number, number, number, number], fitBoundsOptions: { padding: 12 }, pitch: PITCH }),
      minZoom: 11,
      maxZoom: 20,
      maxPitch: 75,
      renderWorldCopies: false,
      attributionControl: false,
      fadeDuration: 0,
      canvasContextAttributes: { antialias: false },
      validateStyle: import.meta.env.DEV,
      locale: { 'Map.Title': start.title },
    })
    this.map.once('style.load', () => {
      this.ready = true
      for (const run of this.waiting.splice(0)) run()
    })
  }

  /** Run once the style is there; at once when it is. */
  whenReady(run: () => void): void {
    if (this.ready) run()
    else this.waiting.push(run)
  }

  /** Show another look: only what differs from what is shown is set, so nothing is fetched or cut into tiles again. */
  show(look: Look): void {
    this.whenReady(() => {
      const next = layers(look)
      for (const change of changes(this.drawn, next)) {
        if (change.what === 'paint') this.map.setPaintProperty(change.layer, change.name as never, change.value as never)
        else if (change.what === 'layout') this.map.setLayoutProperty(change.layer, change.name as never, change.value as never)
        else this.map.setFilter(change.layer, change.value as never)
      }
      this.drawn = next
    })
  }

  put(source: SourceId, features: Collection | object): void {
    this.whenReady(() => {
      void (this.map.getSource(source) as GeoJSONSource | undefined)?.setData(features as GeoJSON)
    })
  }

  camera(): Camera {
    const centre = this.map.getCenter()
    return {
      lon: centre.lng,
      lat: centre.lat,
      zoom: this.map.getZoom(),
      pitch: this.map.getPitch(),
      bearing: this.map.getBearing(),
    }
  }

  go(camera: Camera): void {
    const { lon, lat, ...rest } = camera
    this.map.jumpTo({ center: [lon, lat], ...rest })
  }

  /** To a point; `free` is how many pixels on the right are covered by a panel. */
  fly(to: LonLat, zoom: number, free = 0): void {
    this.map.easeTo({
      center: to as [number, number],
      zoom: Math.max(zoom, this.map.getZoom()),
      offset: [-free / 2, 0],
      duration: this.still ? 0 : FLY_MS,
    })
  }

  fit(bounds: Box, free = 0, pitch = this.map.getPitch()): void {
    const padding = { top: 40, bottom: 40, left: 40, right: 40 + free }
    const found = this.map.cameraForBounds(bounds as [number, number, number, number], {
      padding,
      maxZoom: 17.5,
      bearing: this.map.getBearing(),
      pitch,
    })
    if (found) this.map.easeTo({ ...found, pitch, duration: this.still ? 0 : FLY_MS })
  }

  onClick(run: (event: MapMouseEvent) => void): void {
    this.map.on('click', run)
  }

  destroy(): void {
    this.map.remove()
  }
}
