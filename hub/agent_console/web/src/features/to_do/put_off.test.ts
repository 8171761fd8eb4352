import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, type App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { i18n, loadTexts, setLocale } from '@/i18n'
import { rescheduleCallback } from '@/shared/api/callbacks'
import { ApiError } from '@/shared/api/http'
import { listCallbacksToDo, type CallbackToDo } from '@/shared/api/to_do'
import CallbacksToDo from './CallbacksToDo.vue'

vi.mock('@/shared/api/callbacks', () => ({ rescheduleCallback: vi.fn(), cancelCallback: vi.fn() }))
vi.mock('@/shared/api/to_do', () => ({ listCallbacksToDo: vi.fn(), getToDoCounts: vi.fn() }))

const moved = vi.mocked(rescheduleCallback)
const listed = vi.mocked(listCallbacksToDo)
const toCall = (id: string, state = 'waiting'): CallbackToDo =>
  ({ callback: { id, state, customer_name: `Ms ${id}`, customer_id: id, number: '+861', kind: 'missed', queue_id: 'q', attempt: 1, attempts: 3, tier: 'standard', next_at: null, contact_id: `c-${id}` }, identity_id: 'i', call_until: null }) as unknown as CallbackToDo
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
let app: App
let box: HTMLElement

beforeAll(() => Promise.all([setLocale('en'), loadTexts('to_do')]))
beforeEach(async () => {
  const pinia = createPinia()
  setActivePinia(pinia)
  moved.mockReset()
  listed.mockResolvedValue({ items: [toCall('chen'), toCall('wu', 'dialling')], more: false })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)', component: { render: () => null } }] })
  box = document.body.appendChild(document.createElement('div'))
  app = createApp({ render: () => h(CallbacksToDo, { currentId: '' }) })
  app.use(pinia).use(router).use(i18n).mount(box)
  await settle()
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

const clock = (): HTMLElement => box.querySelector<HTMLElement>('[data-put-off]')!
async function choose(at: string): Promise<void> {
  clock().click()
  await nextTick()
  await nextTick()
  const field = box.querySelector<HTMLInputElement>('input[type=datetime-local]')!
  expect(document.activeElement).toBe(field)
  field.value = at
  field.dispatchEvent(new Event('input'))
  box.querySelector('form')!.dispatchEvent(new Event('submit'))
  await settle()
}

it('puts off whom one has to call, where the row is, and nobody who is being called', async () => {
  expect([...box.querySelectorAll('[data-put-off]')].map((one) => one.getAttribute('aria-label'))).toEqual(['Another time for Ms chen'])
  moved.mockResolvedValue({} as never)
  listed.mockResolvedValue({ items: [toCall('wu')], more: false })
  await choose('2030-01-02T10:30')
  expect(moved.mock.calls).toEqual([['chen', new Date('2030-01-02T10:30').toISOString()]])
  expect(box.textContent).not.toContain('Ms chen')
  expect(box.querySelector('form')).toBeNull()
  expect(document.activeElement?.textContent).toContain('Ms wu') // the next one
})

it('says why not, and keeps what was chosen', async () => {
  moved.mockRejectedValue(new ApiError(422, 'callback.no_such_code', 'Nobody is there at that time.'))
  await choose('2030-01-02T23:30')
  expect(box.querySelector('form')?.textContent).toContain('Nobody is there at that time.')
  box.querySelector('form')!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
  await settle()
  expect(box.querySelector('form')).toBeNull()
  expect(document.activeElement).toBe(clock())
})
