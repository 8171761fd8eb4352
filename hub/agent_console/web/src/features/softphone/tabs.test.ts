import { afterEach, expect, it, vi } from 'vitest'

import { OFF, type PhoneOrder, type PhonePicture } from '@/stores/softphone'
import { shareAmongTabs, type Shared } from './tabs'

const open: Shared[] = []
let holder: Promise<unknown> = Promise.resolve()
afterEach(() => {
  open.splice(0).forEach((one) => one.leave())
  vi.unstubAllGlobals()
})

/** Web Locks, as far as they are needed: one holder, the next waits. */
function locks(): void {
  holder = Promise.resolve()
  const request = (_: string, asked: { signal: AbortSignal }, act: () => Promise<void>): Promise<void> => {
    const turn = holder.then(() => (asked.signal.aborted ? undefined : act()))
    holder = turn
    return turn
  }
  vi.stubGlobal('navigator', { ...navigator, locks: { request } })
}

function tab(): { shared: Shared; leads: () => boolean; shown: PhonePicture[]; orders: PhoneOrder[] } {
  const shown: PhonePicture[] = []
  const orders: PhoneOrder[] = []
  let leads = false
  const shared = shareAmongTabs('softphone-test', { lead: () => (leads = true), shown: (one) => shown.push(one), ordered: (one) => orders.push(one) })
  open.push(shared)
  return { shared, leads: () => leads, shown, orders }
}

it('one tab leads; the others show the same, give orders through it, and take over when it closes', async () => {
  locks()
  const first = tab()
  await vi.waitFor(() => expect(first.leads()).toBe(true))
  const ready: PhonePicture = { ...OFF, status: 'ready' }
  first.shared.show(ready)
  const second = tab()
  await vi.waitFor(() => expect(second.shown).toEqual([ready])) // who comes later asks
  expect(second.leads()).toBe(false)
  second.shared.order({ do: 'mute', on: true })
  await vi.waitFor(() => expect(first.orders).toEqual([{ do: 'mute', on: true }]))
  expect(second.orders).toEqual([])
  first.shared.leave()
  await vi.waitFor(() => expect(second.leads()).toBe(true))
  second.shared.order({ do: 'again' })
  expect(second.orders).toEqual([{ do: 'again' }])
})
