import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'

import { saveSettings } from '@/shared/api/account'
import { usePreferences } from './preferences'

vi.mock('@/shared/api/account', () => ({ saveSettings: vi.fn() }))

const saved = vi.mocked(saveSettings)

/** A page of this browser: its store begins with what the browser has. */
function page(): ReturnType<typeof usePreferences> {
  setActivePinia(createPinia())
  return usePreferences()
}

beforeEach(() => {
  localStorage.clear()
  vi.useFakeTimers()
  saved.mockReset().mockResolvedValue(undefined as never)
})

it('begins for the next person of the same browser with the standard settings, or with theirs', async () => {
  const first = page()
  first.takeKept('li', {})
  first.keys = { 'contact.reply': 'x' }
  first.enterSends = false
  first.undoSeconds = 9
  await nextTick()
  const second = page()
  expect(second.keys).toEqual({ 'contact.reply': 'x' })
  second.takeKept('wang', { enterSends: false, compact: true })
  expect([second.keys, second.enterSends, second.compact, second.undoSeconds]).toEqual([{}, false, true, 9])
})

it('keeps what was set before the hub heard of it, for the same person', async () => {
  const first = page()
  first.takeKept('li', {})
  first.enterSends = false
  await nextTick()
  const again = page()
  again.takeKept('li', {})
  expect(again.enterSends).toBe(false)
})

it('never tells the hub the change of the one before as the change of the next one', async () => {
  const one = page()
  one.takeKept('li', {})
  one.keys = { 'contact.reply': 'x' }
  await nextTick()
  one.takeKept('wang', { compact: true })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(saved.mock.calls.map(([settings]) => (settings as { keys: object }).keys)).toEqual([{}])
})
