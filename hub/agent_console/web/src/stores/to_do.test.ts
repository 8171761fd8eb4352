import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import * as api from '@/shared/api/to_do'
import type { NoticeFrame } from '@/shared/api/frames'
import { useLive } from './live'
import { useToDo } from './to_do'

let stop = (): void => undefined
let hidden = false

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  hidden = false
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => (hidden ? 'hidden' : 'visible'))
  vi.spyOn(api, 'getToDoCounts').mockResolvedValue({ callbacks: 2, missed: 1 })
})
afterEach(() => {
  stop()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function opened() {
  const toDo = useToDo()
  stop = toDo.watchOver()
  await vi.advanceTimersByTimeAsync(1)
  return toDo
}

it('adds what is asked for to what the socket tells', async () => {
  const toDo = await opened()
  useLive().picture.mentions = 4
  expect([toDo.total, toDo.turn]).toEqual([7, 1])
})

it('makes one reading of many changes, the soonest wish first', async () => {
  const toDo = await opened()
  toDo.readSoon(15_000)
  for (let i = 0; i < 20; i += 1) useLive().stale = { type: 'notice', n: i, code: 'callback_changed' } as NoticeFrame
  await vi.advanceTimersByTimeAsync(2_000)
  expect(api.getToDoCounts).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(15_000)
  expect(api.getToDoCounts).toHaveBeenCalledTimes(2)
})

it('asks nothing while nobody looks, and at once when somebody does', async () => {
  await opened()
  hidden = true
  await vi.advanceTimersByTimeAsync(300_000)
  expect(api.getToDoCounts).toHaveBeenCalledTimes(1)
  hidden = false
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.advanceTimersByTimeAsync(1)
  expect(api.getToDoCounts).toHaveBeenCalledTimes(2)
})

it('keeps what it had where it cannot read', async () => {
  const toDo = await opened()
  vi.mocked(api.getToDoCounts).mockRejectedValue(new Error('offline'))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(toDo.counts).toEqual({ callbacks: 2, missed: 1 })
})
