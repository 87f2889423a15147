/** What the pages of cameras fetch, and under which keys. */
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'

import { api, data } from '@/api/client'
import type { BindingOut, BindingPage, CameraDetailOut, CameraOut, VideoEventOut } from '@/api/schema'
import { currentLanguage, i18n, named } from '@/i18n'

/** Leases and health come without entries. */
const AGAIN_MS = 15_000
const LIST_AGAIN_MS = 30_000
const MOST = 500
/** Pages of a list that are followed: more cameras than this no wall shows. */
const PAGES = 20

async function all<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; next: string | null }>,
): Promise<T[]> {
  const found: T[] = []
  let cursor: string | undefined
  for (let n = 0; n < PAGES; n++) {
    const part = await page(cursor)
    found.push(...part.items)
    if (!part.next) break
    cursor = part.next
  }
  return found
}

export const useCameras = (area: MaybeRefOrGetter<string>, bound: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: computed(() => ['cameras', toValue(area), toValue(bound)]),
    queryFn: (): Promise<CameraOut[]> =>
      all((cursor) => {
        const query = {
          area: toValue(area) || undefined,
          bound: toValue(bound) || undefined,
          limit: MOST,
          cursor,
        }
        return data(api.GET('/api/video/cameras', { params: { query } }))
      }),
    refetchInterval: LIST_AGAIN_MS,
    placeholderData: (before) => before,
  })

export const useBindings = (camera: MaybeRefOrGetter<string | undefined> = undefined) =>
  useQuery({
    queryKey: computed(() => ['bindings', toValue(camera) ?? '']),
    queryFn: (): Promise<BindingOut[]> =>
      all((cursor) => {
        const query = { camera: toValue(camera), limit: MOST, cursor }
        // A pair of numbers comes out of the client as a list of them.
        return data(api.GET('/api/video/bindings', { params: { query } })) as Promise<BindingPage>
      }),
  })

export const useCamera = (code: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['camera', toValue(code)]),
    queryFn: () => {
      const params = { path: { code: toValue(code) } }
      return data(api.GET('/api/video/cameras/{code}', { params })) as Promise<CameraDetailOut>
    },
    refetchInterval: AGAIN_MS,
  })

export const usePresets = () =>
  useQuery({
    queryKey: ['video', 'presets'],
    queryFn: () => data(api.GET('/api/video/presets')),
    staleTime: Infinity,
  })

export const useVideoWords = () =>
  useQuery({
    queryKey: ['video', 'words'],
    queryFn: () => data(api.GET('/api/video/words')),
    staleTime: Infinity,
  })

/** What a camera or one of its algorithms found, newest first, back to `hours` ago or as far as one page goes. */
export function useEvents(
  what: MaybeRefOrGetter<{ camera?: string; binding?: string; limit: number }>,
  on: MaybeRefOrGetter<boolean> = true,
) {
  return useQuery({
    queryKey: computed(() => ['camera', 'events', toValue(what)]),
    queryFn: (): Promise<{ items: VideoEventOut[]; next: string | null }> =>
      data(api.GET('/api/video/events', { params: { query: toValue(what) } })),
    refetchInterval: AGAIN_MS,
    enabled: computed(() => toValue(on)),
    placeholderData: (before) => before,
  })
}

/** Areas that are wide enough to be chosen from a list. */
export const WIDE: readonly string[] = ['district', 'grid2', 'grid3', 'dedicated']

export const useAreas = () =>
  useQuery({
    queryKey: ['areas', 'cameras'],
    queryFn: () =>
      all((cursor) => {
        const query = { kind: [...WIDE, 'micro', 'dedicated_micro'], limit: MOST, cursor }
        return data(api.GET('/api/district/areas', { params: { query } }))
      }),
    staleTime: Infinity,
  })

const word = (key: string, other: string): string => (i18n.global.te(key) ? i18n.global.t(key) : other)
/** Names one after another, as the reader's language parts them. */
export const listed = (names: readonly string[]): string =>
  names.join(currentLanguage() === 'en' ? ', ' : '、')
/** Words for codes that a district may add to: its own code where there is none. */
export const placeName = (code: string): string => word(`cameras.place.${code}`, code)
export const healthName = (code: string): string => word(`cameras.health.${code || 'unknown'}`, code)
export const presetName = (one: { preset: string }): string => named(one, 'preset') || one.preset
