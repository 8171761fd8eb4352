import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp } from 'vue'

import { i18n, setLocale } from '@/i18n'
import * as customers from '@/shared/api/customers'
import * as desk from '@/shared/api/desk'
import * as knowledge from '@/shared/api/knowledge'
import type { ContactRow, Setup } from '@/shared/api/types'
import * as views from '@/shared/api/views'
import { useGlobalSearch } from './global_search'

const ROW = { id: 'c1', customer: { id: 'p1', name: 'Wang', address: 'w@x.test' }, subject: 'Leak', preview: '' } as unknown as ContactRow
const NONE = { items: [], after: null }

let search: ReturnType<typeof useGlobalSearch>
let unmount = (): void => undefined

beforeEach(async () => {
  vi.useFakeTimers()
  await setLocale('en')
  vi.spyOn(desk, 'getSetup').mockResolvedValue({ tiers: [], queues: [], tags: [{ id: 'vip', zh: '贵宾', en: 'VIP' }], entry_points: [], reasons: [] } as unknown as Setup)
  vi.spyOn(desk, 'listColleagues').mockResolvedValue(NONE)
  vi.spyOn(desk, 'findEntries').mockResolvedValue(NONE)
  vi.spyOn(customers, 'findCustomers').mockResolvedValue(NONE)
  vi.spyOn(knowledge, 'searchArticles').mockResolvedValue(NONE)
  vi.spyOn(views, 'findContacts').mockResolvedValue({ items: [ROW], after: null })
  const app = createApp({ setup: () => ((search = useGlobalSearch()), () => null) })
  app.use(createPinia()).use(i18n).mount(document.createElement('div'))
  unmount = () => app.unmount()
})
afterEach(() => {
  unmount()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function asked(text: string): Promise<void> {
  search.ask(text)
  await vi.advanceTimersByTimeAsync(500)
}

it.each(['tag:vip leak', '标签：贵宾 leak'])('reads the operators of the search page: %s', async (text) => {
  await asked(text)
  expect(views.findContacts).toHaveBeenCalledWith({ tags: ['vip'], words: 'leak' }, null, 8)
  expect(desk.findEntries).not.toHaveBeenCalled()
  expect(search.hits.value.map((hit) => hit.to)).toEqual(['/desk/c1'])
})

it('finds customers of whom an operator speaks', async () => {
  await asked('from:wang channel:mail')
  expect(views.findContacts).toHaveBeenCalledWith({ customer: 'wang', channels: ['email'], words: '' }, null, 8)
  expect(customers.findCustomers).toHaveBeenCalledWith('wang', null, 4)
})

it('says what it does not understand, and looks for nothing in its place', async () => {
  await asked('tag:gone')
  expect(search.unknown.value).toEqual(['tag:gone'])
  expect([search.hits.value, search.busy.value]).toEqual([[], false])
  expect(customers.findCustomers).not.toHaveBeenCalled()
})

it('looks for plain words everywhere, also where they have a colon', async () => {
  await asked('https://shop.test 12:30')
  expect(desk.findEntries).toHaveBeenCalledWith('https://shop.test 12:30', 8)
  expect(views.findContacts).not.toHaveBeenCalled()
  expect(search.unknown.value).toEqual([])
})
