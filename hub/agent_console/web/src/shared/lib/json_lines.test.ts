import { describe, expect, it } from 'vitest'

import { jsonLines } from './json_lines'

function bodyOf(...parts: string[]): ReadableStream<Uint8Array> {
  const bytes = parts.map((part) => new TextEncoder().encode(part))
  return new ReadableStream({
    pull(controller) {
      const next = bytes.shift()
      if (next) controller.enqueue(next)
      else controller.close()
    },
  })
}

async function all(body: ReadableStream<Uint8Array>): Promise<unknown[]> {
  const found = []
  for await (const one of jsonLines(body)) found.push(one)
  return found
}

describe('lines of JSON', () => {
  it('are told apart wherever the network cuts them, in the middle of a letter too', async () => {
    const whole = '{"a":1}\n{"b":"等"}\n'
    const bytes = new TextEncoder().encode(whole)
    for (let cut = 1; cut < bytes.length; cut++) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes.slice(0, cut))
          controller.enqueue(bytes.slice(cut))
          controller.close()
        },
      })
      expect(await all(body)).toEqual([{ a: 1 }, { b: '等' }])
    }
  })

  it('need no end of line behind the last', async () => {
    expect(await all(bodyOf('{"a":1}\n\n', '{"b":2}'))).toEqual([{ a: 1 }, { b: 2 }])
  })
})
