import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { useSearchBar } from './search_bar'

const Bar = { render: () => null }
const press = (key: string): boolean => window.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('a bar that could not be fetched gives the keys back, says so, and comes when it is asked for again', async () => {
  const failed = vi.fn()
  let online = false
  const { bar, open, typedEarly } = useSearchBar(() => (online ? Promise.resolve({ default: Bar }) : Promise.reject(new TypeError('not fetched'))), failed)
  const first = open()
  expect(press('j')).toBe(false)
  await first
  expect(failed).toHaveBeenCalledOnce()
  expect(bar.wanted.value).toBe(false)
  expect(press('j')).toBe(true)
  online = true
  const second = open()
  press('c')
  await second
  press('h')
  expect(bar.wanted.value && bar.part.value).toBe(Bar)
  expect(typedEarly()).toBe('ch')
})

it('what is typed into a bar opened again is not cut short by the time of the one before', async () => {
  const { bar, open, typedEarly } = useSearchBar(() => Promise.resolve({ default: Bar }), vi.fn())
  await open()
  typedEarly()
  bar.wanted.value = false
  vi.advanceTimersByTime(4_000)
  await open()
  press('a')
  vi.advanceTimersByTime(2_000)
  press('b')
  expect(typedEarly()).toBe('ab')
})
