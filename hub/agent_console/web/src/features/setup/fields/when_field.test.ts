import { createPinia, setActivePinia } from 'pinia'
import { beforeAll, expect, it } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import type { RuleForm } from '@/shared/api/groups'
import type { Condition } from '@/shared/api/value'
import { aSetup } from '../domain/a_setup'
import { useSetupDraft } from '../setup_draft'
import WhenField from './WhenField.vue'

const FORM: RuleForm = { fields: { orders: 'number' }, loyalty: [], currency: 'CNY', may_change: true, max_conditions: 50, max_depth: 6, max_choices: 200 }
beforeAll(() => Promise.all([setLocale('en'), loadTexts('setup'), loadTexts('rules'), loadTexts('value')]))

function aField(when: Condition | null): { box: HTMLElement; state: { when: Condition | null }; typed: (text: string) => Promise<void> } {
  const pinia = createPinia()
  setActivePinia(pinia)
  useSetupDraft().setup = aSetup({})
  const box = document.createElement('div')
  const state = reactive({ when })
  const field = () =>
    h(WhenField, { path: 'plans[0].when', source: { form: FORM, users: [] }, label: 'For whom', modelValue: state.when, 'onUpdate:modelValue': (to: Condition | null) => void (state.when = to) })
  createApp({ render: field }).use(pinia).use(i18n).mount(box)
  const typed = async (text: string): Promise<void> => {
    const input = box.querySelector<HTMLInputElement>('input[inputmode=decimal]')!
    input.value = text
    input.dispatchEvent(new Event('input'))
    await nextTick()
    await nextTick()
  }
  return { box, state, typed }
}
const rule = (box: HTMLElement): Element | null => box.querySelector('input[inputmode=decimal]')

it('shows no rule that was taken back from outside', async () => {
  const { box, state } = aField({ field: 'orders', at_least: 3 })
  expect(rule(box)).not.toBeNull()
  state.when = null
  await nextTick()
  expect(rule(box)).toBeNull()
  state.when = { field: 'orders', at_least: 4 }
  await nextTick()
  expect(rule(box)).not.toBeNull()
})

it('keeps what is half written', async () => {
  const { box, state, typed } = aField({ field: 'orders', at_least: 3 })
  await typed('many')
  state.when = null
  await nextTick()
  expect(rule(box)).not.toBeNull()
})
