import { createPinia } from 'pinia'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, type App } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import * as api from '@/shared/api/deliveries'
import type { Interaction } from '@/shared/api/types'
import DeliveryDetails from './DeliveryDetails.vue'

vi.mock('@/shared/api/deliveries')
vi.mock('@/stores/setup', () => ({ useSetup: () => ({ value: { entry_points: [{ channel: 'fax', capabilities: { pages: true } }, { channel: 'email', capabilities: { pages: false } }] } }) }))

let app: App | undefined
const entry = (channel: string, delivery: string, detail: string): Interaction =>
  ({ id: 'e1', channel, author_id: 'u1', delivery, delivery_detail: detail, meta: {}, at: '2026-01-05T08:00:00Z' }) as unknown as Interaction

function shown(one: Interaction): HTMLElement {
  const box = document.body.appendChild(document.createElement('div'))
  app = createApp({ render: () => h(DeliveryDetails, { entry: one }) })
  app.use(createPinia()).use(i18n).mount(box)
  return box
}
const press = (box: HTMLElement, name: string): void => [...box.querySelectorAll('button')].find((one) => one.textContent?.trim() === name)?.click()

beforeAll(async () => {
  await setLocale('en')
  await loadTexts('mailing')
  await loadTexts('reading')
})
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
  vi.clearAllMocks()
})

it('says in the reader’s words why a fax did not arrive, and what the gateway said', () => {
  const box = shown(entry('fax', 'failed', 'fax_busy: Busy signal detected'))
  expect(box.textContent).toContain('The line was busy.')
  expect(box.textContent).toContain('The gateway says: Busy signal detected')
})

it('sends a failed fax to another number, once, however often it is pressed', async () => {
  let answer = (): void => undefined
  vi.mocked(api.sendElsewhere).mockReturnValue(new Promise((resolve) => (answer = () => resolve({} as never))))
  const box = shown(entry('fax', 'failed', 'fax_no_answer: '))
  press(box, 'Send to another number')
  await nextTick()
  const field = box.querySelector('input')!
  field.value = ' 021 6123 9999 '
  field.dispatchEvent(new Event('input'))
  await nextTick()
  box.querySelector('form')!.requestSubmit()
  box.querySelector('form')!.requestSubmit()
  expect(vi.mocked(api.sendElsewhere).mock.calls).toEqual([['e1', '021 6123 9999', expect.any(String)]])
  answer()
  await vi.waitFor(() => expect(box.querySelector('form')).toBeNull())
})

it('offers no other number for a mail, and has words of their own for a fax nobody knows of', () => {
  expect(shown(entry('email', 'failed', '550 no such user')).textContent).not.toContain('another number')
  app?.unmount()
  expect(shown(entry('fax', 'unknown', '')).textContent).toContain('it may have been faxed')
})
