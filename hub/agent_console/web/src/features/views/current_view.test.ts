import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, type App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { i18n, loadTexts, setLocale } from '@/i18n'
import { listViews, type SavedView } from '@/shared/api/views'
import { useCurrentView } from './current_view'
import { useViews } from './views_store'

vi.mock('@/shared/api/views', () => ({ listViews: vi.fn(), countViews: vi.fn() }))

const mail: SavedView = { id: '0190', built_in: false, name: 'Mail', filter: {}, team_id: null, may_edit: true, version: 1 }
let app: App | undefined

beforeAll(() => Promise.all([setLocale('en'), loadTexts('views')]))
beforeEach(() => vi.mocked(listViews).mockResolvedValue({ views: [mail], teams: [] }))
afterEach(() => app?.unmount())

/** The name of the view of an address, as it is now. */
async function named(path: string): Promise<() => string> {
  const pinia = createPinia()
  setActivePinia(pinia)
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/desk', component: { render: () => null } }] })
  await router.push(path)
  let view: ReturnType<typeof useCurrentView> | undefined
  app = createApp({
    setup: () => {
      view = useCurrentView()
      return () => h('p')
    },
  })
  app.use(pinia).use(router).use(i18n).mount(document.createElement('div'))
  return () => view!.name.value
}

it.each([
  ['/desk', 'Mine'],
  ['/desk?view=closed', 'Closed lately'],
  ['/desk?view=0190', ''],
])('while the views are not there yet, that of %s is called what it is, or nothing', async (path, expected) => {
  expect((await named(path))()).toBe(expected)
})

it.each([
  ['/desk?view=0190', 'Mail'],
  ['/desk?view=0191', 'This view is gone'],
])('once they are there, that of %s has its name or is gone', async (path, expected) => {
  const name = await named(path)
  await useViews().load()
  await nextTick()
  expect(name()).toBe(expected)
})
