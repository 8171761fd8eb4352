import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, ref } from 'vue'

import type { Snapshot, StateFrame } from '@/shared/api/frames'
import * as api from '@/shared/api/desk'
import type { ContactDetail } from '@/shared/api/types'
import { useLive } from '@/stores/live'
import { provideOpenContact } from './open_contact'

const SNAPSHOT: Snapshot = {
  type: 'snapshot', n: 1, at: '2026-03-10T12:00:00Z', me: null as never, offers: [], contacts: [], to_do: [], commitments: [], mentions: 0,
  summary: { waiting: 0, longest_wait_s: null, at: '2026-03-10T12:00:00Z' }, board: null,
}
const notice = (n: number, code: string, customerId: string | null): StateFrame => ({ type: 'notice', n, code, contact_id: null, customer_id: customerId, detail: null })
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

let read = 0
beforeEach(() => {
  setActivePinia(createPinia())
  read = 0
  vi.spyOn(api, 'getContact').mockImplementation(async (id) => {
    read += 1
    return { contact: { id, customer: { id: 'chen' }, conversation_id: '' } } as unknown as ContactDetail
  })
})

async function opened() {
  const live = useLive()
  const app = createApp({ setup: () => (provideOpenContact(ref('c1')), () => h('p')) })
  app.mount(document.createElement('div'))
  live.receive(SNAPSHOT)
  await settle()
  read = 0
  return { live, app }
}

it('is read again when what else of its customer is open, or is to be called back, has changed', async () => {
  const { live, app } = await opened()
  live.receive(notice(2, 'others_changed', 'chen'))
  await settle()
  expect(read).toBe(1)
  live.receive(notice(3, 'callback_changed', 'chen'))
  live.receive(notice(4, 'callback_changed', 'li'))
  await settle()
  expect(read).toBe(2)
  live.receive(notice(5, 'callback_changed', null)) // of several customers
  await settle()
  expect(read).toBe(3)
  live.receive(notice(6, 'others_changed', 'li'))
  await settle()
  expect([read, live.notices]).toEqual([3, []])
  app.unmount()
})

it('is read again when it changed in somebody else’s hands, and not when another one did', async () => {
  const { live, app } = await opened()
  live.receive({ ...notice(2, 'opened_changed', null), contact_id: 'c2' } as StateFrame)
  await settle()
  expect(read).toBe(0)
  live.receive({ ...notice(3, 'opened_changed', null), contact_id: 'c1' } as StateFrame)
  await settle()
  expect([read, live.notices]).toEqual([1, []])
  app.unmount()
})

it('is read again once the console is back, and not while it is away', async () => {
  const { live, app } = await opened()
  live.receive({ ...SNAPSHOT, n: 1, at: '2026-03-10T12:01:00Z' })
  await settle()
  expect(read).toBe(1)
  app.unmount()
})
