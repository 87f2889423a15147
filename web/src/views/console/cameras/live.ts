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

/** Draws it as large as it is. What was decoded before is let go. */
export async function draw(canvas: HTMLCanvasElement | null | undefined, jpeg: Blob): Promise<void> {
  const image = await createImageBitmap(jpeg)
  if (canvas) {
    canvas.width = image.width
    canvas.height = image.height
    canvas.getContext('2d')?.drawImage(image, 0, 0)
  }
  image.close()
}
