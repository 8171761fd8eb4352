import { createPinia } from 'pinia'
import { createApp, h, nextTick, reactive } from 'vue'
import { beforeAll, beforeEach, expect, it } from 'vitest'

import { i18n, loadTexts, setLocale } from '@/i18n'
import type { RuleForm } from '@/shared/api/groups'
import type { Condition } from '@/shared/api/value'
import RuleEditor from './RuleEditor.vue'

const FORM: RuleForm = { fields: { orders: 'number', best: 'flag' }, loyalty: [], currency: 'CNY', may_change: true, max_conditions: 50, max_depth: 6, max_choices: 200 }
beforeAll(() => Promise.all([setLocale('en'), loadTexts('rules'), loadTexts('value')]))

let changes: Condition[]
let faults: number[]
let state: { rule: Condition | null; told: { path: string; message: string }[]; show: boolean }
let box: HTMLElement
beforeEach(() => {
  changes = []
  faults = []
  box = document.createElement('div')
})

function open(rule: Condition | null): void {
  state = reactive({ rule, told: [], show: false })
  const render = () =>
    h(RuleEditor, { ...state, source: { form: FORM, users: [] }, onChange: (changed: Condition) => (changes.push(changed), (state.rule = changed)), onFaults: (count: number) => faults.push(count) })
  createApp({ render }).use(createPinia()).use(i18n).mount(box)
}
async function type(text: string): Promise<void> {
  const field = box.querySelector<HTMLInputElement>('input[inputmode=decimal]')!
  field.value = text
  field.dispatchEvent(new Event('input'))
  await nextTick()
  await nextTick()
}
const number = (): string => box.querySelector<HTMLInputElement>('input[inputmode=decimal]')!.value
const alerts = (): string[] => [...box.querySelectorAll('[role=alert]')].map((one) => one.textContent ?? '')

it('tells what can be followed, and of the rest only that something is wrong', async () => {
  open({ field: 'orders', at_least: 3 })
  await type('many')
  expect([changes, faults.at(-1), alerts()]).toEqual([[], 1, []])
  state.show = true
  await nextTick()
  expect(alerts()).toEqual(['Give a number.'])
  await type('4')
  expect([changes, faults.at(-1), alerts()]).toEqual([[{ all: [{ field: 'orders', at_least: 4 }] }], 0, []])
})

it('changed back it is the rule that it was, to the letter', async () => {
  open({ field: 'orders', at_least: 3 })
  await type('4')
  await type('3')
  expect(changes.at(-1)).toEqual({ field: 'orders', at_least: 3 })
})

it('follows another rule from outside, and not its own words coming back', async () => {
  open({ field: 'orders', at_least: 3 })
  await type('4.0')
  expect(number()).toBe('4.0')
  state.rule = { field: 'orders', below: 9 }
  await nextTick()
  await nextTick()
  expect([number(), box.textContent?.includes('orders below 9')]).toEqual(['9', true])
})

it('a new rule begins with one that is not finished', async () => {
  open(null)
  expect([changes, faults]).toEqual([[], [1]])
  await type('2')
  expect(changes).toEqual([{ all: [{ field: 'orders', at_least: 2 }] }])
})

it('shows what the hub says at the condition that it names', async () => {
  open({ all: [{ field: 'best', is: true }, { field: 'orders', at_least: 1 }] })
  state.told = [{ path: 'rule.all[1].at_least', message: 'too few' }]
  await nextTick()
  expect(alerts()).toEqual(['too few'])
})
