import { afterEach, expect, test, vi } from 'vitest'

import { NoPicture, onePicture, parts, pictures } from './pictures'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const part = (body: string): string =>
  `--chengyun\r\nContent-Type: image/jpeg\r\nContent-Length: ${body.length}\r\n\r\n${body}\r\n`

/** The text as a stream, so many bytes at once. */
function streamed(text: string, size: number): ReadableStream<Uint8Array> {
  const all = bytes(text)
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= all.length) return controller.close()
      controller.enqueue(all.slice(at, (at += size)))
    },
  })
}
async function read(text: string, size: number): Promise<string[]> {
  const found: string[] = []
  for await (const one of parts(streamed(text, size))) found.push(await one.text())
  return found
}
afterEach(() => vi.unstubAllGlobals())

test.each([1, 2, 3, 7, 64, 10_000])(
  'pictures are found however the bytes come (%i at once)',
  async (size) => {
    // A picture may hold what looks like a mark or the end of a head.
    const all = ['first', 'a\r\n\r\nb--chengyun\r\n', 'x'.repeat(300)]
    expect(await read(all.map(part).join(''), size)).toEqual(all)
  },
)

test('a picture that is not all there is none', async () => {
  expect(await read(part('whole') + part('cut off').slice(0, -5), 5)).toEqual(['whole'])
})

test.each([
  '--x\r\nContent-Type: image/jpeg\r\n\r\nabc',
  part('a').replace('1\r', '999999999\r'),
  'x'.repeat(5000),
])('a stream that says no sensible length is refused', async (text) => {
  await expect(read(text, 100)).rejects.toBeInstanceOf(NoPicture)
})

test.each([
  [503, 'busy'],
  [504, 'slow'],
  [403, 'failed'],
])('status %i is told as %s', async (status, why) => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('', { status })))
  await expect(onePicture('/live/w/c.mjpeg?until=1')).rejects.toMatchObject({ why })
  await expect(
    pictures('/live/w/c.mjpeg?until=1', new AbortController().signal).next(),
  ).rejects.toMatchObject({ why })
})

test('one picture is asked for at its own address', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', (url: string) => (asked.push(url), Promise.resolve(new Response('jpeg'))))
  expect(await (await onePicture('/live/w/cam-1.mjpeg?until=1&key=a')).text()).toBe('jpeg')
  expect(asked).toEqual(['/live/w/cam-1.jpg?until=1&key=a'])
})

test('whoever leaves hears of no fault', async () => {
  const leave = new AbortController()
  vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => {
    return new Promise((_done, fail) => signal.addEventListener('abort', () => fail(signal.reason)))
  })
  const next = pictures('/live/w/c.mjpeg?until=1', leave.signal).next()
  leave.abort()
  expect(await next).toEqual({ done: true, value: undefined })
})
