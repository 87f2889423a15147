import { expect, it } from 'vitest'

import { SseParser } from './sse'

it('cuts a stream into events, wherever the pieces of it end', () => {
  const text =
    'id: g-1\nevent: entry\ndata: {"a":\ndata: 1}\n\n: ping\n\nevent: time\r\ndata: {}\r\n\r\ndata: x\n'
  const whole = new SseParser().push(text)
  expect(whole).toEqual([
    { event: 'entry', data: '{"a":\n1}', id: 'g-1' },
    { event: 'ping', data: '', id: null },
    { event: 'time', data: '{}', id: null },
  ])
  for (let cut = 1; cut < text.length; cut++) {
    const parser = new SseParser()
    const found = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))]
    expect(found.map((event) => event.event)).toEqual(['entry', 'ping', 'time'])
  }
})
