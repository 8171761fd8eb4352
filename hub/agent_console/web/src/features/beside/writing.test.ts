import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { createApp, h, nextTick, reactive, type App } from 'vue'
import { createI18n } from 'vue-i18n'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { ConsoleFrame } from '@/shared/api/frames'
import { useLive } from '@/stores/live'
import { useViewers } from './viewers'
import WritingNow from './WritingNow.vue'

const said: ConsoleFrame[] = []
const doings = (): unknown[] => said.flatMap((frame) => (frame.type === 'look' ? [[frame.contact_id, frame.doing]] : []))
const composer = reactive({ contactId: 'c1', mode: 'reply' as const, strokes: 0 })
let pinia: Pinia
let app: App

beforeEach(() => {
  vi.useFakeTimers()
  said.length = 0
  Object.assign(composer, { contactId: 'c1', strokes: 0 })
  pinia = createPinia()
  setActivePinia(pinia)
  vi.spyOn(useLive(), 'say').mockImplementation((frame) => said.push(frame) > 0)
})
afterEach(() => {
  app.unmount()
  vi.useRealTimers()
})

function draw(): void {
  app = createApp({ render: () => h(WritingNow, composer) })
  app.use(pinia).use(createI18n({ legacy: false, locale: 'en', messages: { en: {} } })).mount(document.createElement('div'))
}

it('says that one writes also where the keys were pressed before it was there', () => {
  useViewers().look('c1')
  composer.strokes = 3
  draw()
  expect(doings()).toEqual([['c1', 'looking'], ['c1', 'reply']])
  vi.advanceTimersByTime(15_000)
  expect(doings().at(-1)).toEqual(['c1', 'looking'])
})

it('says it once the contact is looked at, whichever part of the page came first', async () => {
  draw()
  composer.strokes = 1
  await nextTick()
  useViewers().look('c1')
  expect(doings()).toEqual([['c1', 'reply']])
})

it('says of another contact that one only looks', async () => {
  useViewers().look('c1')
  draw()
  composer.strokes = 1
  await nextTick()
  useViewers().look('c2')
  composer.contactId = 'c2'
  await nextTick()
  expect(doings()).toEqual([['c1', 'looking'], ['c1', 'reply'], ['c2', 'looking']])
})
