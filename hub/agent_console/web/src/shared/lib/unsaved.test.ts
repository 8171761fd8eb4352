import { createPinia, setActivePinia } from 'pinia'
import { createApp, defineComponent, h, ref, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter, RouterView, type Router } from 'vue-router'

import type { Me } from '@/shared/api/types'
import { useSession } from '@/stores/session'
import { useUnsaved, type Unsaved } from './unsaved'

const dirty = ref(false)
let guard: Unsaved
let router: Router
let app: App

const Editor = defineComponent({
  setup() {
    guard = useUnsaved(() => dirty.value, (to) => to.params['key'] === 'same')
    return () => h('p', 'editor')
  },
})

beforeEach(async () => {
  const pinia = createPinia()
  setActivePinia(pinia)
  useSession().me = { id: 'wang' } as Me
  dirty.value = true
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/edit/:key?', component: { render: () => h(Editor) } },
      { path: '/away', component: { render: () => h('p', 'away') } },
    ],
  })
  await router.push('/edit/one')
  app = createApp({ render: () => h(RouterView) }).use(pinia).use(router)
  app.mount(document.createElement('div'))
})
afterEach(() => app.unmount())

/** Begin to go there; what is asked on the way is asked once this is over. */
async function leave(to: string): Promise<{ gone: Promise<unknown> }> {
  const gone = router.push(to)
  await new Promise((resolve) => setTimeout(resolve))
  return { gone }
}

describe('what is not saved', () => {
  it('is kept by whoever stays, and left by whoever goes', async () => {
    const first = await leave('/away')
    expect(guard.asking.value).toBe(true)
    guard.answer(false)
    await first.gone
    expect([router.currentRoute.value.path, guard.asking.value]).toEqual(['/edit/one', false])
    const second = await leave('/away')
    guard.answer(true)
    await second.gone
    expect(router.currentRoute.value.path).toBe('/away')
  })

  it('is asked about on the way to another one of the same page, but not to what is shown anyway', async () => {
    await (await leave('/edit/same')).gone
    expect([router.currentRoute.value.path, guard.asking.value]).toEqual(['/edit/same', false])
    const { gone } = await leave('/edit/two')
    expect(guard.asking.value).toBe(true)
    guard.asking.value = false // the dialog was closed
    await gone
    expect(router.currentRoute.value.path).toBe('/edit/same')
  })

  it('holds nobody up who saved it, or whose session ended', async () => {
    dirty.value = false
    await (await leave('/away')).gone
    expect(router.currentRoute.value.path).toBe('/away')
    await router.push('/edit/one')
    dirty.value = true
    useSession().me = null
    await (await leave('/away')).gone
    expect(router.currentRoute.value.path).toBe('/away')
  })

  it('is asked about by the browser, too', () => {
    const closing = (): boolean => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
    expect(closing()).toBe(true)
    dirty.value = false
    expect(closing()).toBe(false)
  })
})
