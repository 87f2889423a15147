/** Where the live picture of a camera is. Each asking is a look on record, so an answer is used until it runs out. */
import { api, data, once } from '@/api/client'
import type { LiveOut } from '@/api/schema'

import { whyKey, type Why } from './why'

/** So long before it runs out it is asked for again. */
const SPARE_MS = 15_000
const known = new Map<string, Promise<LiveOut>>()

/** `now` is the district's time, as `until` is. */
export async function askLive(code: string, why: Why, now: number): Promise<LiveOut> {
  const key = `${code}|${whyKey(why)}`
  const before = known.get(key)
  if (before) {
    const answer = await before
    if (Date.parse(answer.until) - SPARE_MS > now) return answer
  }
  const asked = data(
    api.POST('/api/video/cameras/{code}/live', { params: { path: { code } }, headers: once(), body: why }),
  )
  known.set(key, asked)
  asked.catch(() => known.delete(key))
  return asked
}

/** An address that did not work is not used again. */
export const forgetLive = (code: string): void => {
  for (const key of known.keys()) if (key.startsWith(`${code}|`)) known.delete(key)
}

export class NoPicture extends Error {
  constructor(readonly why: 'slow' | 'failed') {
    super(why)
  }
}

/** Close the connection of a picture that goes on and on. */
export function release(image: HTMLImageElement): void {
  image.onload = image.onerror = null
  image.removeAttribute('src')
}

const LOOK_MS = 60

/** The first picture of a stream of them. Whoever has drawn it lets it go (`release`), or its connection stays open. */
export function firstPicture(url: string, waitMs = 8_000): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image()
    const until = performance.now() + waitMs
    let timer = 0
    const end = (fault: NoPicture | null): void => {
      clearTimeout(timer)
      image.onload = image.onerror = null
      if (!fault) return resolve(image)
      release(image)
      reject(fault)
    }
    image.onload = () => end(null)
    image.onerror = () => end(new NoPicture('failed'))
    // A stream has not ended when its first picture is there: not every browser says that it has loaded.
    const look = (): void => {
      if (image.naturalWidth > 0 && image.complete) return end(null)
      if (performance.now() > until) return end(new NoPicture('slow'))
      timer = window.setTimeout(look, LOOK_MS)
    }
    image.src = url
    timer = window.setTimeout(look, LOOK_MS)
  })
}
