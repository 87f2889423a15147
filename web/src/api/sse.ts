/** Server-sent events over fetch: unlike EventSource it shows the status, takes headers, and ends when it is told to. */
export interface SseEvent {
  event: string
  data: string
  id: string | null
}

/** Cuts a text stream into events. A comment (`: ping`) gives an event named `ping` without data. */
export class SseParser {
  private rest = ''

  push(text: string): SseEvent[] {
    const blocks = (this.rest + text).replaceAll('\r\n', '\n').split('\n\n')
    this.rest = blocks.pop() ?? ''
    return blocks.map(parseBlock).filter((event) => event !== null)
  }
}

function parseBlock(block: string): SseEvent | null {
  let event = 'message'
  let id: string | null = null
  const lines: string[] = []
  let comment = false
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    if (colon === 0) comment = true
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') event = value
    else if (name === 'data') lines.push(value)
    else if (name === 'id') id = value
  }
  if (lines.length > 0) return { event, data: lines.join('\n'), id }
  return comment ? { event: 'ping', data: '', id: null } : null
}

export interface SseOptions {
  signal: AbortSignal
  lastEventId: string | null
  onOpen: () => void
  onEvent: (event: SseEvent) => void
}

/** Read a stream until it ends. Resolves with the HTTP status where the server refused it, 200 where it simply ended. */
export async function readStream(url: string, options: SseOptions): Promise<number> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' }
  if (options.lastEventId) headers['Last-Event-ID'] = options.lastEventId
  const response = await fetch(url, {
    headers,
    signal: options.signal,
    credentials: 'same-origin',
    cache: 'no-store',
  })
  if (!response.ok || !response.body) return response.status || 500
  options.onOpen()
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const parser = new SseParser()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return 200
    for (const event of parser.push(value)) options.onEvent(event)
  }
}
