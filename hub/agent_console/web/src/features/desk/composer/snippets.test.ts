import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { createApp, nextTick, ref } from 'vue'

import { i18n } from '@/i18n'
import { ApiError } from '@/shared/api/http'
import * as words from '@/shared/api/words'
import { useToasts } from '@/stores/toasts'
import type { OpenContact } from '../open_contact'
import { useSnippets, type Snippets } from './snippets'

vi.mock('@/features/beside/people', () => {
  throw new TypeError('Failed to fetch dynamically imported module')
})

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

let snippets: Snippets
let isNote: boolean
const can = ref<unknown>(null)
beforeEach(() => {
  isNote = true
  can.value = { reply: true, pages: false }
  setActivePinia(createPinia())
  vi.spyOn(words, 'listResponses').mockRejectedValue(new ApiError(0, 'offline', ''))
  vi.spyOn(words, 'listMacros').mockResolvedValue({ items: [] } as never)
  const open = { id: ref('c1'), row: ref(null), mine: ref(true), can } as unknown as OpenContact
  const app = createApp({ setup: () => ((snippets = useSnippets(open, () => isNote)), () => null) })
  app.use(i18n).mount(document.createElement('div'))
})

async function type(text: string): Promise<void> {
  for (let end = 1; end <= text.length; end += 1) {
    snippets.look(text.slice(0, end))
    await nextTick()
    await settle()
  }
}

it('says once for each "/" that the hub is away, not with every key', async () => {
  await type('/hell')
  expect(useToasts().items.length).toBe(1)
  const asked = vi.mocked(words.listResponses).mock.calls.length
  await type('Dear /b')
  expect(vi.mocked(words.listResponses).mock.calls.length).toBe(asked + 1)
})

it('finds nobody where the part that looks for people cannot be had', async () => {
  await type('@li')
  expect([snippets.kind.value, snippets.items.value]).toEqual(['people', []])
})

const chars = (): string[] => snippets.items.value.map((one) => one.text)

it('offers emoji behind a colon, and nothing where no name of one is', async () => {
  isNote = false
  await type('Thanks :thumbs')
  await vi.waitFor(() => expect([snippets.kind.value, chars()[0], snippets.typed()]).toEqual(['emoji', '👍', 7]), 10_000) // its names come late
  await type('Thanks :thumbsqq')
  expect([snippets.kind.value, chars()]).toEqual(['', []])
  await type('At 10:30, see http://shop')
  expect([snippets.kind.value, chars()]).toEqual(['', []])
})

it('offers no emoji in an answer that goes out as pages, but in a note on it', async () => {
  can.value = { reply: true, pages: true }
  isNote = false
  await type(':thumbs')
  expect(snippets.kind.value).toBe('')
  isNote = true
  await type(':thumbs')
  expect(snippets.kind.value).toBe('emoji')
})

it('offers nothing more where it was left, until it begins anew', async () => {
  await type(':th')
  expect(snippets.kind.value).toBe('emoji')
  snippets.leave()
  snippets.look(':thu')
  expect(snippets.kind.value).toBe('')
  await type('hello :thu')
  expect(snippets.kind.value).toBe('emoji')
  snippets.leave()
  snippets.look('hello ')
  snippets.look('hello :thu')
  expect(snippets.kind.value).toBe('emoji')
})
