/**
 * The map's files, fetched once each when they are first needed (the browser keeps them by their ETag), and what is found in
 * them by code. Outside Vue's reactivity: thousands of features that never change need no watching.
 */
import { api, data } from '@/api/client'
import type {
  AreaCollection, AreaFeature, AssetCollection, AssetFeature, BaseCollection, BuildingCollection, BuildingFeature, PostPlaceOut,
} from '@/api/schema' // prettier-ignore

import { box, type Box } from './geometry'

/** Files of areas: which kinds come together. The first is part of the first sight. */
export const AREA_FILES = {
  areas: ['district', 'grid2', 'ring'],
  grid3: ['grid3'],
  micro: ['micro'],
  dedicated: ['dedicated'],
  dedicated_micro: ['dedicated_micro'],
  beat: ['beat'],
  scene: ['scene'],
} as const
export type AreaFile = keyof typeof AREA_FILES

export class Atlas {
  private readonly asked = new Map<string, Promise<unknown>>()
  private readonly areas = new Map<string, AreaFeature>()
  private readonly towers = new Map<string, BuildingFeature>()
  private readonly things = new Map<string, AssetFeature>()
  private readonly stands = new Map<string, PostPlaceOut>()

  base = (): Promise<BaseCollection> => this.once('base', () => data(api.GET('/api/district/base.geojson')))

  areaFile = (file: AreaFile): Promise<AreaCollection> =>
    this.once(`area:${file}`, async () => {
      const query = { kind: [AREA_FILES[file].join(',')], detail: 'map' as const }
      const found = await data(api.GET('/api/district/areas.geojson', { params: { query } }))
      for (const feature of found.features) this.areas.set(feature.properties.code, feature)
      return found
    })

  buildings = (): Promise<BuildingCollection> =>
    this.once('buildings', async () => {
      const found = await data(api.GET('/api/district/buildings.geojson'))
      for (const feature of found.features) this.towers.set(feature.properties.code, feature)
      return found
    })

  assets = (): Promise<AssetCollection> =>
    this.once('assets', async () => {
      const found = await data(api.GET('/api/district/assets.geojson'))
      for (const feature of found.features) this.things.set(feature.properties.code, feature)
      return found
    })

  /** Posts and whether they are manned change with the shifts: asked again each time. */
  async posts(): Promise<PostPlaceOut[]> {
    const found = await data(api.GET('/api/people/posts/map'))
    this.stands.clear()
    for (const post of found) this.stands.set(post.code, post)
    return found
  }

  /** What is known by now; `findArea` fetches the file that an area must be in. */
  area = (code: string): AreaFeature | undefined => this.areas.get(code)
  building = (code: string): BuildingFeature | undefined => this.towers.get(code)
  asset = (code: string): AssetFeature | undefined => this.things.get(code)
  post = (code: string): PostPlaceOut | undefined => this.stands.get(code)

  async findArea(code: string): Promise<AreaFeature | undefined> {
    for (const file of Object.keys(AREA_FILES) as AreaFile[]) {
      if (this.areas.has(code)) break
      await this.areaFile(file)
    }
    return this.areas.get(code)
  }

  async findAsset(code: string): Promise<AssetFeature | undefined> {
    await this.assets()
    return this.things.get(code)
  }

  async findBuilding(code: string): Promise<BuildingFeature | undefined> {
    await this.buildings()
    return this.towers.get(code)
  }

  async findPost(code: string): Promise<PostPlaceOut | undefined> {
    if (!this.stands.has(code)) await this.posts()
    return this.stands.get(code)
  }

  /** The box around an area or a building that is known by now. */
  boxOf(feature: AreaFeature | BuildingFeature): Box | null {
    return feature.geometry ? box(feature.geometry.coordinates) : null
  }

  /** Another log-in sees other places. */
  forget(): void {
    this.asked.clear()
    for (const kept of [this.areas, this.towers, this.things, this.stands]) kept.clear()
  }

  /** The promise itself is kept, so that two askers share one request; a failure is not kept. */
  private once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const found = this.asked.get(key) as Promise<T> | undefined
    if (found) return found
    const asked = ask()
    this.asked.set(key, asked)
    asked.catch(() => this.asked.delete(key))
    return asked
  }
}

export const atlas = new Atlas()
