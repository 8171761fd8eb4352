import { createPinia } from 'pinia'
import { createApp, h, nextTick, type App } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import { i18n, loadTexts, setLocale } from '@/i18n'
import type { Group, RuleForm } from '@/shared/api/groups'
import GroupEditor from './GroupEditor.vue'

/** The hub counts and counts: nobody gets an answer here. */
const signals: AbortSignal[] = []
vi.mock('@/shared/api/groups', () => ({
  putGroup: vi.fn(),
  countRule: (_rule: unknown, signal: AbortSignal) => {
    signals.push(signal)
    return new Promise(() => undefined)
  },
}))

const FORM: RuleForm = { fields: { named: 'flag', orders: 'number' }, loyalty: [], currency: 'CNY', may_change: true, max_conditions: 20, max_depth: 4, max_choices: 50 }
const GROUP: Group = { id: 'g', key: 'buyers', zh: '买家', en: 'Buyers', rule: { field: 'orders', at_least: 1 }, owner_id: 'u', owner_name: 'U', version: 1, counting: false, members: 3, more: false }
let box: HTMLElement
let app: App

beforeEach(async () => {
  vi.useFakeTimers()
  signals.length = 0
  await setLocale('en')
  await loadTexts('groups')
  await loadTexts('rules')
  box = document.body.appendChild(document.createElement('div'))
  const editor = (): unknown => h(GroupEditor, { group: GROUP, form: FORM, users: [], taken: ['buyers'] })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)', component: { render: editor } }] })
  app = createApp({ render: editor }).use(createPinia()).use(router).use(i18n)
  app.mount(box)
  await vi.advanceTimersByTimeAsync(400)
})
afterEach(() => {
  app.unmount()
  box.remove()
  vi.useRealTimers()
})

it('waits for no number of a rule that is another one now', async () => {
  expect(signals.map((one) => one.aborted)).toEqual([false])
  const number = box.querySelector<HTMLInputElement>('input[inputmode=decimal]')!
  number.value = '2'
  number.dispatchEvent(new Event('input'))
  await nextTick()
  expect(signals.map((one) => one.aborted)).toEqual([true])
  await vi.advanceTimersByTimeAsync(400)
  expect(signals.map((one) => one.aborted)).toEqual([true, false])
})

it('waits for none once the page is left', () => {
  app.unmount()
  expect(signals.map((one) => one.aborted)).toEqual([true])
})
