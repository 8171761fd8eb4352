import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h } from 'vue'

import { useLive } from '@/stores/live'
import { useToldOfLists } from './told'

let hidden = false
beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  hidden = false
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
})
afterEach(() => {
  vi.useRealTimers()
  Reflect.deleteProperty(document, 'hidden')
})

function page(): { reads: () => number; told: (code?: string) => void; leave: () => void } {
  const read = vi.fn(() => Promise.resolve())
  const shown = createApp({ setup: () => { useToldOfLists(read); return () => h('p') } })
  shown.mount(document.createElement('div'))
  const live = useLive()
  return {
    reads: () => read.mock.calls.length,
    told: (code = 'phone_lists_changed') => { live.stale = { type: 'notice', n: 1, code, contact_id: null, customer_id: null, detail: null } as NonNullable<typeof live.stale> },
    leave: () => shown.unmount(),
  }
}

it('reads as it comes, and once for many changes', async () => {
  const { reads, told, leave } = page()
  await vi.advanceTimersByTimeAsync(0)
  expect(reads()).toBe(1)
  for (let turn = 0; turn < 5; turn += 1) told()
  await vi.advanceTimersByTimeAsync(1_900)
  expect(reads()).toBe(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(reads()).toBe(2)
  told('consults_changed')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(reads()).toBe(2)
  told()
  await vi.advanceTimersByTimeAsync(0)
  expect(reads()).toBe(3)
  leave()
})

it('reads nothing while nobody looks, and what was missed as somebody does', async () => {
  const { reads, told, leave } = page()
  await vi.advanceTimersByTimeAsync(5_000)
  hidden = true
  told()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(reads()).toBe(1)
  hidden = false
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.advanceTimersByTimeAsync(0)
  expect(reads()).toBe(2)
  leave()
})

it('asks again after a minute, and no more once it is left', async () => {
  const { reads, leave } = page()
  await vi.advanceTimersByTimeAsync(60_100)
  expect(reads()).toBe(2)
  leave()
  await vi.advanceTimersByTimeAsync(200_000)
  expect(reads()).toBe(2)
})
