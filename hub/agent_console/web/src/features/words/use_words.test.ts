import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, ref } from 'vue'

import { provideOpenContact } from '@/features/desk/open_contact'
import { i18n } from '@/i18n'
import * as desk from '@/shared/api/desk'
import { ApiError } from '@/shared/api/http'
import * as words from '@/shared/api/words'
import { useToasts } from '@/stores/toasts'
import UseWords from './UseWords.vue'

const away = new ApiError(0, 'offline', '')
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

beforeEach(() => {
  setActivePinia(createPinia())
  vi.spyOn(desk, 'getContact').mockRejectedValue(away)
  vi.spyOn(words, 'takeResponse').mockRejectedValue(away)
  vi.spyOn(words, 'placeholdersOf').mockReset().mockRejectedValue(away)
})

/** What is put in, with the hub away. */
async function used(text: string, html: string | null = null): Promise<unknown[]> {
  const done: unknown[] = []
  const response = { id: 'r1', files: [], texts: { en: { title: 'Hello', text, html } } } as unknown as words.CannedResponse
  const props = { response, people: new Map(), onInsert: (...words: unknown[]) => done.push(words), onDone: () => done.push('done') }
  const app = createApp({ setup: () => (provideOpenContact(ref('c1')), () => h(UseWords, props)) })
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
  await settle()
  app.unmount()
  return done
}

it('puts words without names in at once, without the hub', async () => {
  expect(await used('Good morning!')).toEqual([['Good morning!', null], 'done'])
  expect([vi.mocked(words.placeholdersOf).mock.calls.length, useToasts().items.length]).toEqual([0, 0])
})

it('leaves the names open where the hub is away, and says why', async () => {
  expect(await used('Dear {customer.name}', '<p>Dear {customer.name}</p>')).toEqual([['Dear {customer.name}', '<p>Dear {customer.name}</p>'], 'done'])
  expect(useToasts().items.map((one) => one.kind)).toEqual(['error'])
})
