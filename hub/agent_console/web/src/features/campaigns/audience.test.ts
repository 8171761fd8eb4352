import { createPinia } from 'pinia'
import { createApp, h, nextTick, reactive, type App } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { i18n, loadTexts, setLocale } from '@/i18n'
import AudienceField from './AudienceField.vue'

/** The hub finds two customers: Ann by "an", Bob by "bo". */
const FOUND: Record<string, { id: string; name: string }> = { an: { id: 'ann', name: 'Ann' }, bo: { id: 'bob', name: 'Bob' } }
vi.mock('@/shared/api/customers', () => ({ findCustomers: (words: string) => Promise.resolve({ items: FOUND[words] ? [{ ...FOUND[words], addresses: [] }] : [], after: null }) }))
vi.mock('@/shared/api/campaigns', () => ({ listGroups: () => Promise.resolve([]), listPeople: () => Promise.resolve({ items: [], after: null }) }))

const draft = reactive({ by: 'list' as 'group' | 'list', group: null as string | null, ids: [] as string[] })
let box: HTMLElement
let app: App
let input: HTMLInputElement

beforeEach(async () => {
  vi.useFakeTimers()
  await setLocale('en')
  await loadTexts('campaigns')
  Object.assign(draft, { by: 'list', group: null, ids: [] })
  box = document.body.appendChild(document.createElement('div'))
  app = createApp({
    render: () =>
      h(AudienceField, {
        known: '', by: draft.by, group: draft.group, ids: draft.ids,
        'onUpdate:by': (value: 'group' | 'list') => (draft.by = value),
        'onUpdate:group': (value: string | null) => (draft.group = value),
        'onUpdate:ids': (value: string[]) => (draft.ids = value),
      }),
  }).use(createPinia()).use(i18n)
  app.mount(box)
  await nextTick()
  input = box.querySelector('input[type=search]')!
})
afterEach(() => {
  app.unmount()
  box.remove()
  vi.useRealTimers()
})

async function type(words: string, wait_ms = 300): Promise<void> {
  input.value = words
  input.dispatchEvent(new Event('input'))
  await vi.advanceTimersByTimeAsync(wait_ms)
}
async function enter(more: KeyboardEventInit = {}): Promise<void> {
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true, ...more }))
  await nextTick()
}

it('adds by Enter who is found by what is typed now, never who was found before', async () => {
  await type('an')
  await type('bo', 0)
  await enter()
  expect(draft.ids).toEqual([])
  await vi.advanceTimersByTimeAsync(300)
  await enter()
  expect(draft.ids).toEqual(['bob'])
})

it('adds nobody by the Enter that ends a word of an input method', async () => {
  await type('an')
  await enter({ isComposing: true })
  expect(draft.ids).toEqual([])
  await enter()
  expect(draft.ids).toEqual(['ann'])
})

it('keeps who was chosen over the way to a group and back', async () => {
  draft.ids = ['ann']
  await nextTick()
  const ways = [...box.querySelectorAll('button')].filter((one) => ['A customer group', 'Chosen customers'].includes(one.textContent?.trim() ?? ''))
  for (const way of ways) {
    way.click()
    await nextTick()
  }
  expect([ways.length, draft.by]).toEqual([2, 'list'])
  expect(draft.ids).toEqual(['ann'])
})
