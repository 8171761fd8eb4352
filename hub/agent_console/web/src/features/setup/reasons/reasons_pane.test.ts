import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import type { SetupDocument } from '@/shared/api/setup_types'
import { useToasts } from '@/stores/toasts'
import { aReason, aSetup } from '../domain/a_setup'
import { useSetupDraft } from '../setup_draft'
import ReasonsPane from './ReasonsPane.vue'

const narrow = ref(false)
vi.mock('@/shared/lib/media', () => ({ useMedia: () => narrow }))

const document_ = (): SetupDocument => aSetup({ reasons: [aReason('repair', [aReason('visit')]), aReason('order')] })
let app: App
let box: HTMLElement
let draft: ReturnType<typeof useSetupDraft>

beforeAll(() => Promise.all([setLocale('en'), loadTexts('setup')]))
beforeEach(() => {
  const pinia = createPinia()
  setActivePinia(pinia)
  draft = useSetupDraft()
  draft.before = document_()
  draft.setup = document_()
  box = document.body.appendChild(document.createElement('div'))
  app = createApp({ render: () => h(ReasonsPane, { used: null, words: () => '' }) })
  app.use(pinia).use(i18n).mount(box)
})
afterEach(() => {
  app.unmount()
  narrow.value = false
  document.body.replaceChildren()
})

const line = (code: string): HTMLElement | null => box.querySelector(`[data-code="${code}"]`)
const drawn = (): (string | undefined)[] => [...box.querySelectorAll<HTMLElement>('[role=treeitem]')].map((one) => one.dataset['code'])
const settled = async (): Promise<void> => void (await nextTick(), await nextTick())
async function press(code: string, key: string): Promise<void> {
  line(code)!.focus()
  await settled()
  line(code)!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  await settled()
}
async function undo(): Promise<void> {
  const toasts = useToasts()
  toasts.act(toasts.items.at(-1)!.id)
  await settled()
}

it('has again what Delete took away, as it stood and with what was never saved', async () => {
  draft.setup!.reasons[0]!.children[0]!.en = 'Visit at home'
  draft.setup!.reasons[0]!.children.push(aReason('fresh'))
  await settled()
  await press('repair', 'Delete')
  expect(drawn()).toEqual(['order'])
  expect(useToasts().items.at(-1)?.text).toBe('repair is retired, with 2 below it')
  await undo()
  expect(drawn()).toEqual(['repair', 'repair/visit', 'repair/fresh', 'order'])
  expect(draft.setup!.reasons[0]!.children[0]!.en).toBe('Visit at home')
  expect(document.activeElement).toBe(line('repair'))
})

it('brings back what was changed in this draft with its changes, also where the hub does not say what is used', async () => {
  draft.setup!.reasons[1]!.complaint = true
  await press('order', 'Delete')
  box.querySelector<HTMLElement>('[data-retired] button')!.click()
  await settled()
  expect(draft.setup!.reasons[1]).toMatchObject({ key: 'order', complaint: true })
  expect(box.querySelector('[data-retired]')).toBeNull()
})

it('puts nothing into a draft that began anew', async () => {
  draft.setup!.reasons.push(aReason('fresh'))
  await settled()
  await press('fresh', 'Delete')
  draft.discard()
  await settled()
  await undo()
  expect(draft.setup).toEqual(document_())
})

it('keeps the focus in the tree on a click; Enter goes on to the name', async () => {
  line('order')!.focus() // as a browser does on a press
  line('order')!.click()
  await settled()
  expect(document.activeElement).toBe(line('order'))
  expect(line('order')!.getAttribute('aria-selected')).toBe('true')
  await press('order', 'Enter')
  expect(document.activeElement?.tagName).toBe('INPUT')
})

it('opens the form as a page on a click where there is no room beside the tree', async () => {
  narrow.value = true
  await settled()
  line('order')!.click()
  await settled()
  expect(document.activeElement?.tagName).toBe('INPUT')
})
