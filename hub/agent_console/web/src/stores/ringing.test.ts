import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { NoticeFrame } from '@/shared/api/frames'
import * as api from '@/shared/api/ringing'
import { useLive } from './live'
import { useRinging } from './ringing'

const CALL: api.Ringing = { id: 'a1', entry_point_id: 'house', extension: '801', since: '2026-03-10T02:00:00Z', number: '138 **** 8000', customer: null, open: [], due_at: null }
let stop = (): void => undefined
let asked: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  asked = vi.spyOn(api, 'listRinging').mockResolvedValue([])
})
afterEach(() => {
  stop()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function opened() {
  const ringing = useRinging()
  stop = ringing.watchOver()
  await vi.advanceTimersByTimeAsync(1)
  return ringing
}
const told = (): void => void (useLive().stale = { type: 'notice', n: 1, code: 'ringing_changed' } as NoticeFrame)

it('reads again when the socket says that it rings, and while it does', async () => {
  const ringing = await opened()
  vi.mocked(api.listRinging).mockResolvedValue([CALL])
  told()
  await vi.advanceTimersByTimeAsync(1)
  expect(ringing.calls).toEqual([CALL])
  vi.mocked(api.listRinging).mockResolvedValue([])
  await vi.advanceTimersByTimeAsync(15_000)
  expect(ringing.calls).toEqual([])
  const before = asked.mock.calls.length
  await vi.advanceTimersByTimeAsync(120_000)
  expect(asked.mock.calls.length).toBe(before)
})

it('keeps what it shows where the hub cannot be asked, and asks again', async () => {
  const ringing = await opened()
  vi.mocked(api.listRinging).mockResolvedValueOnce([CALL]).mockRejectedValueOnce(new Error('away'))
  told()
  await vi.advanceTimersByTimeAsync(15_001)
  expect(ringing.calls).toEqual([CALL])
  await vi.advanceTimersByTimeAsync(15_001)
  expect(ringing.calls).toEqual([])
})

it('lets a late answer change nothing', async () => {
  const ringing = await opened()
  let late: (found: api.Ringing[]) => void = () => undefined
  vi.mocked(api.listRinging).mockReturnValueOnce(new Promise((resolve) => (late = resolve)))
  told()
  told()
  await vi.advanceTimersByTimeAsync(1)
  late([CALL])
  await vi.advanceTimersByTimeAsync(1)
  expect(ringing.calls).toEqual([])
})
