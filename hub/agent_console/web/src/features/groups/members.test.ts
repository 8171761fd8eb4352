import { createPinia } from 'pinia'
import { createApp, h, nextTick, ref, type App } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import { i18n, loadTexts, setLocale } from '@/i18n'
import type { Member } from '@/shared/api/groups'
import MemberList from './MemberList.vue'

/** A group of 120; a cursor is the number of rows before it. */
const everybody = Array.from({ length: 120 }, (_, at): Member => ({ customer_id: `c${at}`, name: `C${at}`, entered_at: '2026-03-01T00:00:00Z' }))
const asked = vi.fn((_key: string, after: string | null, limit: number) => {
  const from = Number(after ?? 0)
  const end = from + limit
  return Promise.resolve({ items: everybody.slice(from, end), after: end < everybody.length ? String(end) : null })
})
vi.mock('@/shared/api/groups', () => ({ listMembers: (key: string, after: string | null, limit: number) => asked(key, after, limit), listGroupMoves: vi.fn() }))

const list = ref<{ reload: () => Promise<void> } | null>(null)
let box: HTMLElement
let app: App
const rows = (): number => box.querySelectorAll('li').length
const settle = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 20))
const more = (): HTMLElement | undefined => [...box.querySelectorAll('button')].find((one) => one.textContent?.includes('Show more'))

beforeEach(async () => {
  await setLocale('en')
  await loadTexts('groups')
  asked.mockClear()
  box = document.body.appendChild(document.createElement('div'))
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)', component: { render: () => null } }] })
  app = createApp({ render: () => h(MemberList, { ref: list, groupKey: 'gold', show: 'members', label: 'Members' }) }).use(createPinia()).use(router).use(i18n)
  app.mount(box)
  await settle()
})
afterEach(() => {
  app.unmount()
  box.remove()
})

it('shows each row once, however often more is asked for', async () => {
  expect(rows()).toBe(50)
  more()?.click()
  more()?.click()
  await settle()
  expect([rows(), asked.mock.calls.length]).toEqual([100, 2])
})

it('keeps the pages that were opened when it is read anew', async () => {
  more()?.click()
  await settle()
  await list.value?.reload()
  await nextTick()
  expect(rows()).toBe(100)
  expect(asked.mock.calls.at(-1)).toEqual(['gold', null, 100])
})

it('is read anew after a page that is on its way', async () => {
  more()?.click()
  await list.value?.reload()
  await settle()
  expect(rows()).toBe(100)
  expect(asked.mock.calls.map(([, after]) => after)).toEqual([null, '50', null])
})
