import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, type Component } from 'vue'

import { late } from './late_part'

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
