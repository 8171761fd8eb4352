import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import type { SetupDocument } from '@/shared/api/setup_types'
import { useToasts } from '@/stores/toasts'
import { aSetup } from '../domain/a_setup'
import { newField } from '../domain/closing'
import { useSetupDraft } from '../setup_draft'
import WordsPane from './WordsPane.vue'

const document_ = (): SetupDocument =>
  aSetup({
    closing_fields: [newField({ key: 'cause', zh: '原因', en: 'Cause' }), newField({ key: 'serial', zh: '序列号', en: 'Serial' })],
    outcomes: [{ key: 'solved', zh: '已解决', en: 'Solved', asks: [{ field: 'serial', required: true }] }],
  })
const kind = ref<'closing_fields' | 'outcomes'>('closing_fields')
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
  app = createApp({ render: () => h(WordsPane, { key: kind.value, kind: kind.value, used: null, words: () => '' }) })
  app.use(pinia).use(i18n).mount(box)
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})
const settled = async (): Promise<void> => void (await nextTick(), await nextTick())
async function press(name: string): Promise<void> {
  const wanted = [...box.querySelectorAll('button')].find((one) => (one.getAttribute('aria-label') ?? one.textContent).includes(name))
  wanted!.click()
  await settled()
}
async function undo(): Promise<void> {
  const toasts = useToasts()
  toasts.act(toasts.items.at(-1)!.id)
  await settled()
}

it('has a field again that was retired, as it was written, where it stood, and asked for as before', async () => {
  draft.setup!.closing_fields[1]!.unit = 'mm'
  const whole = JSON.parse(JSON.stringify(draft.setup)) as SetupDocument
  await press('Remove Serial')
  expect(draft.setup!.outcomes[0]!.asks).toEqual([])
  expect(useToasts().items.at(-1)?.text).toBe('Serial is retired')
  await undo()
  expect(draft.setup).toEqual(whole)
  await press('Remove Serial')
  await press('Bring Serial back')
  expect(draft.setup).toEqual(whole)
})

it('has it again as it was written, also after another list was looked at, and with what was changed since', async () => {
  draft.setup!.closing_fields[1]!.unit = 'mm'
  await press('Remove Serial')
  draft.setup!.closing_fields[0]!.unit = 'cm'
  kind.value = 'outcomes'
  await settled()
  kind.value = 'closing_fields'
  await settled()
  await press('Bring Serial back')
  expect(draft.setup!.closing_fields.map((one) => one.unit)).toEqual(['cm', 'mm'])
  await press('Remove Serial')
  draft.discard()
  expect(draft.removed.words.size).toBe(0)
})

it('puts nothing into a draft that began anew', async () => {
  draft.setup!.closing_fields[1]!.unit = 'mm'
  await press('Remove Serial')
  draft.discard()
  await settled()
  await undo()
  expect(draft.setup).toEqual(document_())
})
