import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'

import { i18n, setLocale } from '@/i18n'
import * as api from '@/shared/api/targets'
import type { Setup } from '@/shared/api/types'
import { useSetup } from '@/stores/setup'
import { type PickedTarget } from './target'
import TargetPicker from './TargetPicker.vue'

const QUEUES = [{ id: 'repair', zh: '维修', en: 'Repair', stop: null }]
const THERE: api.Targets = {
  queues: [{ id: 'repair', words: ['weixiu', 'wx'], waiting: 2, ready: 1, free: 0, takes: true, open: true, wait_low_s: 60, wait_high_s: 200 }],
  agents: [
    { id: 'u1', name: '王小明', words: ['wang', 'wangxiaoming', 'wxm'], state: 'ready', reason: null, free: true, held: 1, most: 3 },
    { id: 'u2', name: 'Li Na', words: [], state: 'offline', reason: null, free: false, held: null, most: null },
  ],
}
const chosen = ref<PickedTarget | null>(null)
let app: App

beforeEach(async () => {
  document.body.innerHTML = ''
  localStorage.clear()
  chosen.value = null
  setActivePinia(createPinia())
  useSetup().value = { queues: QUEUES, not_ready_reasons: [] } as unknown as Setup
  await setLocale('en')
  vi.spyOn(api, 'listTargets').mockReset().mockResolvedValue(THERE)
  app = createApp({ render: () => h(TargetPicker, { without: '', contact: 'c1', modelValue: chosen.value, 'onUpdate:modelValue': (to: PickedTarget | null) => (chosen.value = to) }) })
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
  await vi.waitFor(() => expect(lines()).toHaveLength(3))
})

const lines = (): string[] => [...document.querySelectorAll('label')].map((one) => one.textContent ?? '')
async function type(text: string): Promise<void> {
  const field = document.querySelector<HTMLInputElement>('input[type=search]')!
  field.value = text
  field.dispatchEvent(new Event('input'))
  await nextTick()
}

it('says what each would mean, who is free first', () => {
  expect(vi.mocked(api.listTargets).mock.calls).toEqual([['c1']])
  expect(lines().map((line) => line.replace(/^(Queue|Agent)/u, ''))).toEqual(['王小明free · 1/3', 'Repair2 waiting · 1–4 min', 'Li NaOffline'])
})

it('finds a Chinese name by pinyin, and a queue by either of its names', async () => {
  for (const [typed, found] of [['wang', '王小明'], ['wxm', '王小明'], ['weixiu', 'Repair'], ['维', 'Repair'], ['na', 'Li Na']] as const) {
    await type(typed)
    expect(lines().filter((line) => line.includes(found)), typed).toHaveLength(1)
    expect(lines(), typed).toHaveLength(1)
  }
})

it('goes from the field to what is found by one key', async () => {
  await type('li')
  document.querySelector('input[type=search]')!.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))
  expect(chosen.value?.to).toEqual({ agent_id: 'u2' })
  app.unmount()
})
