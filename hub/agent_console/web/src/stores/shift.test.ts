import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'

import * as api from '@/shared/api/desk'
import type { ServerFrame } from '@/shared/api/frames'
import type { ContactDetail, Me } from '@/shared/api/types'
import { useConversations } from './conversations'
import { useDetails } from './details'
import { useDrafts } from './drafts'
import { useLive } from './live'
import { useOutbox } from './outbox'
import { useSession } from './session'
import { useToasts } from './toasts'

const SHIFT = 500
const KEPT = 110 // the hundred last drafts that are empty; all else is kept shorter
let pinia: Pinia
let n = 0

beforeEach(() => {
  localStorage.clear()
  vi.useFakeTimers()
  pinia = createPinia()
  setActivePinia(pinia)
  useSession().me = { id: 'li' } as Me
  vi.spyOn(api, 'getContact').mockImplementation((id) => Promise.resolve({ contact: { id, conversation_id: `of-${id}` }, last_seq: 2 } as unknown as ContactDetail))
  vi.spyOn(api, 'reply').mockResolvedValue(undefined as never)
  n = 0
  tell({ type: 'snapshot', at: '2026-11-29T08:00:00Z', me: null, offers: [], contacts: [], to_do: [], commitments: [], mentions: 0, summary: null, board: null })
})

function tell(frame: object): void {
  useLive().receive({ n: (n += 1), ...frame } as unknown as ServerFrame)
}

/** Offered, accepted, opened, read, answered, closed. */
async function work(id: string): Promise<void> {
  const [conversations, drafts, outbox] = [useConversations(), useDrafts(), useOutbox()]
  const conversation = `of-${id}`
  const row = { id, version: 1, conversation_id: conversation, state: 'active', unread: 1, urgency: { value: 1 } }
  tell({ type: 'offer', offer: { id: `offer-${id}`, contact: row } })
  tell({ type: 'offer_gone', offer_id: `offer-${id}` })
  tell({ type: 'contact', row })
  expect(Object.keys(useLive().picture.contacts)).toEqual([id])
  const detail = await useDetails().load(id)
  conversations.follow(conversation, detail.last_seq)
  tell({ type: 'interactions', conversation_id: conversation, items: [{ id: `${id}-1`, seq: 1, direction: 'in', meta: {} }], customer_read_seq: 0 })
  useLive().receive({ type: 'live', conversation_id: conversation, event: 'typing', on: true, text: id } as unknown as ServerFrame)
  drafts.save(id, { reply: `Answer to ${id}`, version: 1 })
  outbox.add({ contactId: id, conversationId: conversation, kind: 'reply', body: { text: `Answer to ${id}` }, files: [], holdMs: 5_000 } as never)
  drafts.drop(id)
  await vi.advanceTimersByTimeAsync(5_000)
  tell({ type: 'contact', row: { ...row, version: 2, state: 'wrap_up' } })
  tell({ type: 'contact_gone', contact_id: id })
  conversations.unfollow(conversation)
  useToasts().done(`Closed ${id}`)
  await vi.advanceTimersByTimeAsync(60_000)
}

it('of a whole shift nothing is left but of the last contacts, in no store and not in the browser', async () => {
  for (let number = 1; number <= SHIFT; number += 1) await work(`c${number}.`)
  expect(useLive().contacts).toEqual([])
  const left = JSON.stringify([pinia.state.value, { ...localStorage }])
  const numbers = [...left.matchAll(/c(\d+)\./gu)].map((match) => Number(match[1]))
  expect(Math.max(...numbers)).toBe(SHIFT) // they are looked for where they are
  expect(Math.min(...numbers)).toBeGreaterThan(SHIFT - KEPT)
})
