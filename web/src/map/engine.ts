/** The one place that knows MapLibre: a look and data go in, clicks and the camera come out. */
import 'maplibre-gl/dist/maplibre-gl.css'

import type { GeoJSON } from 'geojson'
import {
  Map as GLMap,
  Marker,
  setWorkerUrl,
  type CustomLayerInterface,
  type GeoJSONSource,
  type MapMouseEvent,
} from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'

import type { Camera } from '@/stores/view'

import { changes } from './difference'
import type { Collection } from './features'
import { Feeding } from './feeding'
import { middle, type Box, type LonLat } from './geometry'
import { drawMarks } from './images'
import { PointsLayer } from './layers/points'
import type { Spec } from './layers/spec'
import type { Look } from './look'
import { layers, POINTS_BELOW, style, type SourceId } from './style'

// Without it a bundled map stays blank, though everything builds.
setWorkerUrl(workerUrl)

/** How the district is looked at when nobody has said otherwise. */
export const PITCH = 50
const FLY_MS = 700

interface Framed {
  center: [number, number]
  zoom: number
  pitch: number
  bearing: number
}
export interface Start {
  bounds: Box
  camera: Camera | null
  title: string
}

export class MapEngine {
  readonly map: GLMap
  readonly points: PointsLayer
  private shown: Look
  private drawn: Spec[]
  private readonly still = matchMedia('(prefers-reduced-motion: reduce)').matches
  private readonly feeding = new Feeding({
    give: async (source, data) =>
      (this.map.getSource(source) as GeoJSONSource | undefined)?.setData(data as GeoJSON),
    ready: (source) => !this.map.getSource(source) || this.map.isSourceLoaded(source),
    listen: (run) => {
      const heard = this.map.on('sourcedata', run)
      return () => heard.unsubscribe()
    },
  })
  private ready = false
  private rings: Marker[] = []
  private readonly waiting: (() => void)[] = []

  constructor(container: HTMLElement, look: Look, start: Start) {
    this.shown = look
    this.drawn = layers(look)
    this.points = new PointsLayer(look.tokens, look.scale)
    const { camera } = start
    this.map = new GLMap({
      container,
      style: style(look),
      ...(camera
        ? {
            center: [camera.lon, camera.lat],
            zoom: camera.zoom,
            pitch: camera.pitch,
            bearing: camera.bearing,
          }
        : { center: middle(start.bounds) as [number, number], zoom: 14, pitch: PITCH }),
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
    if (!camera) this.map.jumpTo(this.framed(start.bounds, PITCH))
    this.map.once('style.load', () => {
      this.marks(this.shown)
      this.map.addLayer(this.points as unknown as CustomLayerInterface, POINTS_BELOW)
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
      const before = this.shown
      this.shown = look
      const redraw =
        before.tokens !== look.tokens || before.language !== look.language || before.scale !== look.scale
      if (redraw) {
        this.marks(look)
        this.points.setLook(look.tokens, look.scale)
      }
      this.points.setShown(look.on.has('points'))
      const next = layers(look)
      for (const change of changes(this.drawn, next)) {
        if (change.what === 'paint')
          this.map.setPaintProperty(change.layer, change.name as never, change.value as never)
        else if (change.what === 'layout')
          this.map.setLayoutProperty(change.layer, change.name as never, change.value as never)
        else if (change.what === 'zoom') this.map.setLayerZoomRange(change.layer, ...change.value)
        else this.map.setFilter(change.layer, change.value as never)
      }
      this.drawn = next
    })
  }

  private marks(look: Look): void {
    const ratio = Math.max(2, Math.ceil(window.devicePixelRatio * look.scale))
    for (const [name, mark] of drawMarks(look.tokens, look.language, ratio)) {
      if (this.map.hasImage(name)) this.map.removeImage(name)
      this.map.addImage(name, mark, { pixelRatio: ratio })
    }
  }

  put(source: SourceId, features: Collection): void {
    this.whenReady(() => this.feeding.put(source, features))
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
  fly(to: LonLat, zoom: number, free = 0, pitch = this.map.getPitch()): void {
    this.map.easeTo({
      center: to as [number, number],
      zoom: Math.max(zoom, this.map.getZoom()),
      pitch,
      offset: [-free / 2, 0],
      duration: this.still ? 0 : FLY_MS,
    })
  }

  /** All of a box into what is free of panels; seen from the side, so its corners are tried rather than reckoned. */
  fit(bounds: Box, free = 0, level = this.map.getPitch()): void {
    const to = this.framed(bounds, level, free)
    this.map.easeTo({ ...to, duration: this.still ? 0 : FLY_MS })
  }

  private framed([west, south, east, north]: Box, pitch: number, free = 0): Framed {
    const before = this.camera()
    const { clientWidth, clientHeight } = this.map.getCanvas()
    const [width, height] = [Math.max(80, clientWidth - free), Math.max(80, clientHeight)]
    const edge = Math.min(free ? 32 : 8, width / 10)
    let to: Framed = {
      center: [(west + east) / 2, (south + north) / 2],
      zoom: 14,
      pitch,
      bearing: before.bearing,
    }
    for (let turn = 0; turn < 4; turn++) {
      this.map.jumpTo(to)
      const corners = ([[west, south], [west, north], [east, south], [east, north]] as [number, number][]).map((at) =>
        this.map.project(at),
      ) // prettier-ignore
      const [left, right] = [Math.min(...corners.map((c) => c.x)), Math.max(...corners.map((c) => c.x))]
      const [top, bottom] = [Math.min(...corners.map((c) => c.y)), Math.max(...corners.map((c) => c.y))]
      const room = Math.min((width - 2 * edge) / (right - left), (height - 2 * edge) / (bottom - top))
      // What ought to be in the middle of the free part: the box as it is seen.
      const middle = this.map.unproject([(left + right) / 2 + (clientWidth - width) / 2, (top + bottom) / 2])
      to = { ...to, center: [middle.lng, middle.lat], zoom: Math.min(17.5, to.zoom + Math.log2(room)) }
    }
    this.go(before)
    return to
  }

  /** Breathing rings where somebody must still acknowledge: elements of the page, so that the city is not drawn for them. */
  pulses(places: readonly { at: LonLat; level: number }[]): void {
    for (const marker of this.rings.splice(0)) marker.remove()
    this.rings = places.map(({ at, level }) => {
      const element = document.createElement('i')
      element.className = 'pulse'
      element.dataset.level = String(level)
      element.setAttribute('aria-hidden', 'true')
      return new Marker({ element }).setLngLat(at as [number, number]).addTo(this.map)
    })
  }

  /** What of these layers is drawn within a few pixels of a place, uppermost first. */
  at(
    place: readonly [number, number],
    layers: readonly string[],
    reach = 4,
  ): { layer: string; properties: Record<string, unknown> }[] {
    const [x, y] = place
    const there = layers.filter((id) => this.map.getLayer(id))
    return this.map
      .queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: there })
      .map((feature) => ({ layer: feature.layer.id, properties: feature.properties })) // prettier-ignore
  }

  onClick(run: (event: MapMouseEvent) => void): void {
    this.map.on('click', run)
  }

  destroy(): void {
    this.map.remove()
  }
}
