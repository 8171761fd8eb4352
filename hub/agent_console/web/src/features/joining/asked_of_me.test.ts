import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, type App, type VNode } from 'vue'

import ContactListRow from '@/features/desk/list/ContactListRow.vue'
import { i18n, loadTexts, setLocale } from '@/i18n'
import { listAsked, type Asked } from '@/shared/api/joining'
import type { ContactRow } from '@/shared/api/types'
import { useAsked } from '@/stores/asked'
import { useLive } from '@/stores/live'
import AskedOfMe from './AskedOfMe.vue'

vi.mock('@/shared/api/joining', () => ({ listAsked: vi.fn() }))

const asked = (id: string): Asked => ({ id, words: `Words of ${id}`, by_name: 'Li', to_me: true, contact: { id: `contact-${id}`, customer: { name: 'Chen' } } }) as unknown as Asked
const questions = (...ids: string[]): void => void vi.mocked(listAsked).mockResolvedValue({ items: ids.map(asked), next: null } as never)
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
let app: App | undefined
let pinia: ReturnType<typeof createPinia>
const opened: string[] = []

beforeAll(() => Promise.all([setLocale('en'), loadTexts('joining')]))
beforeEach(() => {
  pinia = createPinia()
  setActivePinia(pinia)
  opened.length = 0
})
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

async function drawn(render: () => VNode): Promise<HTMLElement> {
  const box = document.body.appendChild(document.createElement('div'))
  app = createApp({ render })
  app.use(pinia).use(i18n).mount(box)
  await settle()
  return box
}

/** As the hub tells that a question came, or went. */
async function told(...ids: string[]): Promise<void> {
  questions(...ids)
  useLive().stale = { code: 'consults_changed' } as never
  await settle()
  await nextTick()
}

it('keeps the focus on its line when a second question comes, and when it goes', async () => {
  questions('a')
  const box = await drawn(() => h(AskedOfMe, { currentId: '', onOpen: (id: string) => void opened.push(id) }))
  const line = box.querySelector('button')!
  line.focus()
  expect(line.textContent).toContain('Words of a')
  expect(line.hasAttribute('aria-expanded')).toBe(false)

  await told('a', 'b')
  expect(document.activeElement).toBe(line)
  expect(line.textContent).not.toContain('Words of a')
  line.click()
  await nextTick()
  expect(line.getAttribute('aria-expanded')).toBe('true')
  expect(box.querySelectorAll('li')).toHaveLength(2)
  expect(opened).toEqual([])

  await told('b')
  expect(document.activeElement).toBe(line)
  expect(box.querySelectorAll('li')).toHaveLength(0)
  line.click()
  expect(opened).toEqual(['contact-b'])
})

it('lists all of them among what is mine', async () => {
  questions('a')
  const box = await drawn(() => h(AskedOfMe, { currentId: '', mine: true, onOpen: (id: string) => void opened.push(id) }))
  expect([box.querySelector('h2')?.textContent, box.querySelectorAll('li').length]).toEqual(['Questions to you1', 1])
  await told('a', 'b')
  box.querySelectorAll<HTMLElement>('li button')[1]!.click()
  expect(opened).toEqual(['contact-b'])
})

it('marks the row of a contact as long as one is asked about it', async () => {
  questions()
  useAsked().begin()
  const row = { id: 'contact-a', state: 'active', channel: 'email', customer: { name: 'Chen' }, tier: 'standard', urgency: { running: false }, last_message_at: '2026-01-01T00:00:00Z', unread: 0 } as unknown as ContactRow
  const box = await drawn(() => h(ContactListRow, { row, current: false }))
  const mark = (): string | null | undefined => box.querySelector('[aria-label*="asks you"]')?.getAttribute('aria-label')
  expect(mark()).toBeUndefined()
  await told('a')
  expect(mark()).toBe('Li asks you about it')
  await told()
  expect(mark()).toBeUndefined()
})

it('goes on to be told after the page that showed them first is gone', async () => {
  questions()
  await drawn(() => h(AskedOfMe, { currentId: '' }))
  app?.unmount()
  await told('a')
  expect(useAsked().mine).toBe(1)
})

it('hears of a change though another is told of in the same moment', async () => {
  questions()
  useAsked().begin()
  await settle()
  questions('a')
  useLive().stale = { code: 'consults_changed' } as never
  useLive().stale = { code: 'others_changed' } as never
  await settle()
  expect(useAsked().mine).toBe(1)
})

it('keeps what was asked for last, whatever answer comes last', async () => {
  let late: (page: never) => void = () => undefined
  vi.mocked(listAsked).mockReturnValueOnce(new Promise((answer) => (late = answer)))
  useAsked().begin()
  await told('a', 'b')
  late({ items: [asked('a')], next: null } as never)
  await settle()
  expect(useAsked().mine).toBe(2)
})
