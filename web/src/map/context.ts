/** What the tools that stand on the map may ask of it. */
import { inject, type InjectionKey, type Ref, type ShallowRef } from 'vue'

import type { DistrictOut, HeatOut } from '@/api/schema'
import type { Camera } from '@/stores/view'

import type { MapEngine } from './engine'

/** What the corner says of the district. */
export type MapDistrict = Pick<
  DistrictOut,
  'map_approval' | 'attribution' | 'schematic' | 'note_zh' | 'note_en' | 'name_zh' | 'name_en'
>

export interface CityMapContext {
  /** Null until the district's frame is known. */
  readonly engine: Readonly<ShallowRef<MapEngine | null>>
  /** Where the map looks now; moves with it. */
  readonly camera: Readonly<ShallowRef<Camera | null>>
  /** While measuring, clicks belong to the ruler and select nothing. */
  readonly measuring: Ref<boolean>
  /** Heat as the server last told it, for the legend. */
  readonly heats: { readonly risk: Ref<HeatOut | undefined>; readonly crowd: Ref<HeatOut | undefined> }
  readonly district: Readonly<Ref<MapDistrict | undefined>>
  /** Root font size against 16 px. */
  readonly scale: Readonly<Ref<number>>
  /** The whole district into view. */
  home(): void
}

export const CITY_MAP: InjectionKey<CityMapContext> = Symbol('city map')

export function useCityMap(): CityMapContext {
  const found = inject(CITY_MAP)
  if (!found) throw new Error('This part stands on a map')
  return found
}
