import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Me } from '@/shared/api/types'
import { useDrafts } from './drafts'
import { useSession } from './session'

/** The drafts of one page: what it does not hold, it reads once, when it opens. */
function page(user = 'li'): ReturnType<typeof useDrafts> {
  setActivePinia(createPinia())
  useSession().me = { id: user } as Me
  return useDrafts()
}

beforeEach(() => {
  localStorage.clear()
  vi.useFakeTimers()
})
afterEach(() => vi.runAllTimers())

describe('drafts kept in this browser', () => {
  it('of two pages stand beside each other; of one contact the later words stay', () => {
    const [one, other] = [page(), page()]
    one.save('c1', { note: 'first' })
    vi.advanceTimersByTime(300)
    other.save('c2', { reply: 'second' })
    vi.advanceTimersByTime(300)
    one.save('c3', { reply: 'third' })
    vi.advanceTimersByTime(300)
    other.save('c1', { note: 'later' })
    vi.advanceTimersByTime(300)
    window.dispatchEvent(new Event('pagehide'))
    const third = page()
    expect([third.of('c1').note, third.of('c2').reply, third.of('c3').reply]).toEqual(['later', 'second', 'third'])
  })

  it('once dropped do not come back from what was stored', () => {
    const drafts = page()
    drafts.save('c1', { note: 'first' })
    vi.advanceTimersByTime(300)
    drafts.drop('c1')
    expect(page().has('c1')).toBe(false)
  })

  it('are not shown to who signs in after their writer', () => {
    page('li').save('c1', { note: 'Private' })
    vi.advanceTimersByTime(300)
    expect([page('wang').of('c1').note, page('li').of('c1').note]).toEqual(['', 'Private'])
  })

  it('are nothing where only a picture is left that was taken out of the words', () => {
    const drafts = page()
    drafts.save('c1', { files: [{ id: 'f', content_id: 'f@hub' } as never] })
    expect(drafts.has('c1')).toBe(false)
    drafts.save('c1', { files: [{ id: 'g', content_id: null } as never] })
    expect(drafts.has('c1')).toBe(true)
  })

  it('are not remembered for a whole shift once they were dropped', () => {
    const drafts = page()
    drafts.save('kept', { reply: 'not sent yet' })
    for (let n = 0; n < 150; n += 1) {
      drafts.save(`c${n}`, { reply: 'sent' })
      drafts.drop(`c${n}`)
    }
    expect(Object.keys(drafts.all).length).toBeLessThanOrEqual(101)
    expect([drafts.of('kept').reply, drafts.has('c149')]).toEqual(['not sent yet', false])
  })

  it('are not remembered either where only the number of the draft of the hub came', () => {
    const drafts = page()
    for (let n = 0; n < 500; n += 1) drafts.save(`c${n}`, { version: 2, seen: 2 })
    vi.advanceTimersByTime(300)
    expect(Object.keys(drafts.all)).toHaveLength(100)
    expect([drafts.of('c0').version, drafts.of('c499').version]).toEqual([0, 2])
  })
})
