import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { whileSeen } from './again'

let hidden = false
const look = (away: boolean): void => {
  hidden = away
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  hidden = false
  vi.useFakeTimers()
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

it('asks at its times while the tab is seen, as it is looked at again, and no more once it is stopped', () => {
  const ask = vi.fn()
  const stop = whileSeen(ask, 1_000)
  expect(ask).not.toHaveBeenCalled()
  vi.advanceTimersByTime(2_000)
  expect(ask).toHaveBeenCalledTimes(2)
  look(true)
  vi.advanceTimersByTime(5_000)
  expect(ask).toHaveBeenCalledTimes(2)
  look(false)
  expect(ask).toHaveBeenCalledTimes(3)
  stop()
  look(false)
  vi.advanceTimersByTime(5_000)
  expect(ask).toHaveBeenCalledTimes(3)
})
