import { afterEach, beforeAll, expect, it } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import type { FormField } from '@/shared/api/points'
import type { Settings } from '../domain/points'
import SettingItems from './SettingItems.vue'

let app: App | undefined
beforeAll(() => Promise.all([setLocale('en'), loadTexts('setup')]))
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

it('writes what is set of one key into the list, and adds and removes whole keys', async () => {
  const value = ref<unknown>([])
  const field = { name: 'identity_signers', kind: 'items', usual: [], fields: [] } as unknown as FormField
  let inner: Settings[] = []
  const box = document.body.appendChild(document.createElement('div'))
  const slot = ({ settings }: { settings: Settings }): unknown => (inner.push(settings), h('input'))
  app = createApp({
    render: () => ((inner = []), h(SettingItems, { field, label: 'Keys', hint: '', modelValue: value.value, 'onUpdate:modelValue': (next: unknown) => (value.value = next) }, { default: slot as never })),
  })
  app.use(i18n).mount(box)
  const press = async (name: string): Promise<void> => {
    box.querySelector<HTMLElement>(name)!.click()
    await nextTick()
    await nextTick()
  }
  await press('[data-add]')
  expect(document.activeElement).toBe(box.querySelector('li input')) // the new key is written at once
  inner[0]!['kid'] = '2026'
  await nextTick()
  inner[0]!['ed25519'] = 'x'.repeat(43)
  await nextTick()
  await press('[data-add]')
  inner[1]!['kid'] = '2027'
  await nextTick()
  delete inner[0]!['kid']
  await nextTick()
  expect(value.value).toEqual([{ ed25519: 'x'.repeat(43) }, { kid: '2027' }])
  await nextTick()
  await press('[aria-label="Remove key 1"]')
  expect(value.value).toEqual([{ kid: '2027' }])
})
