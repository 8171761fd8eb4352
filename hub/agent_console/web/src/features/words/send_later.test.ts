import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, type App } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import * as words from '@/shared/api/words'
import SendLaterDialog from './SendLaterDialog.vue'

let app: App | undefined
beforeEach(() => Promise.all([setLocale('en'), loadTexts('words')]))
afterEach(() => {
  app?.unmount()
  vi.restoreAllMocks()
})

it('who presses Ctrl+Enter twice sends one answer', async () => {
  const at = '2026-12-01T09:00:00Z'
  vi.spyOn(words, 'listScheduled').mockResolvedValue({ items: [], zone: 'UTC', presets: [{ id: 'tomorrow', at }] } as unknown as words.ScheduledList)
  let sent: () => void = () => undefined
  const send = vi.fn(() => new Promise<void>((resolve) => (sent = resolve)))
  const done = vi.fn()
  app = createApp({ render: () => h(SendLaterDialog, { contactId: 'c', send, onDone: done }) })
  app.use(createPinia()).use(i18n).mount(document.createElement('div'))
  const form = await vi.waitUntil(() => document.querySelector('#send-later input:checked')?.closest('form'))
  const press = (): boolean => form.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true }))
  press()
  press()
  expect(send.mock.calls).toEqual([[at]])
  sent()
  await vi.waitUntil(() => done.mock.calls.length)
  expect(send).toHaveBeenCalledTimes(1)
})
