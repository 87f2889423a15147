/** Live pictures as they come: one of them, or one after another, each as soon as its last byte is there. */

/** Why there is none. `slow`: nothing came in time; `busy`: too many look already; `failed`: anything else. */
export class NoPicture extends Error {
  constructor(readonly why: 'slow' | 'busy' | 'failed') {
    super(why)
  }
}

const WHY: Record<number, NoPicture['why']> = { 503: 'busy', 504: 'slow' }

async function answer(url: string, signal: AbortSignal): Promise<Response> {
  try {
    const found = await fetch(url, { signal, cache: 'no-store', credentials: 'same-origin' })
    if (found.ok) return found
    throw new NoPicture(WHY[found.status] ?? 'failed')
  } catch (problem) {
    if (problem instanceof NoPicture || isAbort(problem)) throw problem
    throw new NoPicture('failed')
  }
}

const isAbort = (problem: unknown): boolean =>
  problem instanceof DOMException && ['AbortError', 'TimeoutError'].includes(problem.name)

/** The newest picture of a camera, from the address of its stream. Raises `NoPicture`. */
export async function onePicture(url: string, waitMs = 8_000): Promise<Blob> {
  try {
    return await (await answer(url.replace('.mjpeg?', '.jpg?'), AbortSignal.timeout(waitMs))).blob()
  } catch (problem) {
    throw problem instanceof NoPicture ? problem : new NoPicture('slow')
  }
}

/** Each picture of a stream, until it ends or `signal` says so. Raises `NoPicture` where there is no stream at all. */
export async function* pictures(url: string, signal: AbortSignal): AsyncGenerator<Blob> {
  try {
    const { body } = await answer(url, signal)
    if (body) yield* parts(body)
  } catch (problem) {
    if (!signal.aborted) throw problem instanceof NoPicture ? problem : new NoPicture('failed')
  }
}

const END_OF_HEAD = [13, 10, 13, 10]
const LENGTH = /^content-length:\s*(\d+)\s*$/im
/** No picture is this large: a stream that says so is none. */
const MOST_BYTES = 8_000_000
const MOST_HEAD = 4_000

/** The parts of a multipart stream, by their stated lengths. Raises `NoPicture` for one that states none. */
export async function* parts(body: ReadableStream<Uint8Array>): AsyncGenerator<Blob> {
  const reader = body.getReader()
  let held = new Uint8Array(0)
  let length: number | null = null
  try {
    for (;;) {
      if (length === null) {
        const at = find(held, END_OF_HEAD)
        if (at >= 0) {
          const said = LENGTH.exec(new TextDecoder().decode(held.subarray(0, at)))
          length = said ? Number(said[1]) : 0
          if (length <= 0 || length > MOST_BYTES) throw new NoPicture('failed')
          held = held.slice(at + END_OF_HEAD.length)
        } else if (held.length > MOST_HEAD) throw new NoPicture('failed')
      }
      if (length !== null && held.length >= length) {
        yield new Blob([held.slice(0, length)], { type: 'image/jpeg' })
        held = held.slice(length)
        length = null
        continue
      }
      const { done, value } = await reader.read()
      if (done) return
      held = joined(held, value)
    }
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

function find(bytes: Uint8Array, wanted: readonly number[]): number {
  for (let at = 0; at + wanted.length <= bytes.length && at <= MOST_HEAD; at++)
    if (wanted.every((byte, n) => bytes[at + n] === byte)) return at
  return -1
}
