import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, type Component } from 'vue'

import { useToasts } from '@/stores/toasts'
import { late, lateDialog } from './late_part'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('asks again for what could not be fetched, until it comes', async () => {
  const load = vi.fn<() => Promise<Component>>()
  load.mockRejectedValueOnce(new TypeError('Failed to fetch')).mockRejectedValueOnce(new TypeError('Failed to fetch'))
  load.mockResolvedValue({ render: () => h('p', 'Transfer to') })
  const box = document.createElement('div')
  const app = createApp(late(load))
  app.mount(box)
  await vi.advanceTimersByTimeAsync(1_000)
  expect([load.mock.calls.length, box.textContent]).toEqual([2, ''])
  await vi.advanceTimersByTimeAsync(2_000)
  expect([load.mock.calls.length, box.textContent]).toEqual([3, 'Transfer to'])
  app.unmount()
})

it.each([
  ['cannot be fetched', () => Promise.reject(new TypeError('Failed to fetch dynamically imported module: /a.js'))],
  ['does not come soon', () => new Promise<Component>(() => {})],
])('a dialog that %s is not wanted any more, and is there when asked for again', async (_why, first) => {
  setActivePinia(createPinia())
  const load = vi.fn<() => Promise<Component>>(() => Promise.resolve({ props: ['name'], render: (self: { name: string }) => h('p', `Transfer ${self.name}`) } as Component))
  load.mockImplementationOnce(first)
  const Dialog = lateDialog(load)
  const open = ref(true)
  const box = document.createElement('div')
  const app = createApp({ render: () => (open.value ? h(Dialog, { name: 'to Li', open: true, 'onUpdate:open': (value: boolean) => (open.value = value) }) : null) })
  app.mount(box)
  await vi.advanceTimersByTimeAsync(5_000)
  expect([open.value, useToasts().items.length]).toEqual([false, 1])
  open.value = true
  await vi.advanceTimersByTimeAsync(10)
  await nextTick()
  expect(box.textContent).toBe('Transfer to Li')
  app.unmount()
})
