import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createApp, h, nextTick, type App } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import type { Template } from '@/shared/api/templates'
import { useToasts } from '@/stores/toasts'
import { aSetup } from '../domain/a_setup'
import { useSetupDraft } from '../setup_draft'
import TemplateEditor from './TemplateEditor.vue'

const SURVEY: Template = {
  key: 'survey', group: 'outreach', subject: true, longest: 1000, below: '', needs: [], places: {},
  usual: { 'zh-CN': { subject: '请评价', body: '您好' }, en: { subject: 'How did we do?', body: 'Hello' } }, channels: ['email'],
}
let app: App
let draft: ReturnType<typeof useSetupDraft>
const bodyOf = (language: string): HTMLTextAreaElement => document.querySelector(`#words-${language} textarea`)!
const settled = async (): Promise<void> => void (await nextTick(), await nextTick())
async function type(field: HTMLTextAreaElement, text: string): Promise<void> {
  field.focus()
  field.value = text
  field.dispatchEvent(new Event('input'))
  await settled()
}

beforeAll(() => Promise.all([setLocale('en'), loadTexts('setup')]))
beforeEach(() => {
  const pinia = createPinia()
  setActivePinia(pinia)
  draft = useSetupDraft()
  draft.before = aSetup()
  draft.setup = aSetup({ templates: { survey: { en: { subject: '', body: 'Hi there' }, ja: { subject: '', body: 'こんにちは' }, ko: { subject: '', body: '안녕' } } } })
  app = createApp({ render: () => h(TemplateEditor, { template: SURVEY, at: '', senders: [], narrow: false }) })
  app.use(pinia).use(i18n).mount(document.body.appendChild(document.createElement('div')))
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

it('keeps the field of an added language while it is emptied and written anew', async () => {
  const field = bodyOf('ja')
  await type(field, '')
  expect(draft.setup!.templates['survey']!['ja']).toBeUndefined()
  expect([bodyOf('ja') === field, document.activeElement === field]).toEqual([true, true])
  await type(field, 'どうも')
  expect([bodyOf('ja') === field, draft.setup!.templates['survey']!['ja']!.body]).toEqual([true, 'どうも'])
})

it('brings back by undo what the default again took, and stays in the field', async () => {
  const field = bodyOf('en')
  ;[...document.querySelectorAll<HTMLButtonElement>('#words-en header button')].at(-1)!.click()
  await settled()
  expect([draft.setup!.templates['survey']!['en'], field.value, document.activeElement === field]).toEqual([undefined, 'Hello', true])
  const toasts = useToasts()
  toasts.act(toasts.items.at(-1)!.id)
  await settled()
  expect([draft.setup!.templates['survey']!['en']!.body, field.value]).toEqual(['Hi there', 'Hi there'])
})
