import { afterEach, expect, it, vi } from 'vitest'

import { listEverybody } from './people'

afterEach(() => vi.unstubAllGlobals())

it('reads everybody, not only the first page', async () => {
  const pages: Record<string, { items: { id: string }[]; after: string | null }> = {
    '': { items: [{ id: 'a' }], after: 'second' },
    second: { items: [{ id: 'b' }], after: null },
  }
  const asked: string[] = []
  vi.stubGlobal('fetch', (address: string) => {
    const { searchParams } = new URL(String(address), 'https://hub.test')
    asked.push(`${searchParams.get('disabled')} ${searchParams.get('limit')}`)
    return Promise.resolve(new Response(JSON.stringify(pages[searchParams.get('after') ?? '']), { headers: { 'content-type': 'application/json' } }))
  })
  expect((await listEverybody()).map((one) => one.id)).toEqual(['a', 'b'])
  expect(asked).toEqual(['false 200', 'false 200'])
})
