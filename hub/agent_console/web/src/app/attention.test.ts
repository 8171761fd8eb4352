import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { i18n } from '@/i18n'
import type { Snapshot, StateFrame } from '@/shared/api/frames'
import type { ContactRow } from '@/shared/api/types'
import { notice } from '@/shared/lib/attention'
import { useLive } from '@/stores/live'
import { useAttention } from './attention'

vi.mock('@/shared/lib/attention', () => ({ notice: vi.fn(), showCount: vi.fn() }))
vi.mock('@/shared/lib/sound', () => ({ play: vi.fn(), startSound: vi.fn(), unlockSound: vi.fn() }))

const told = (): string[] => vi.mocked(notice).mock.calls.map(([, , tag]) => tag)
const at = new Date().toISOString()
const contact = (unread: number): ContactRow => ({ id: 'c1', unread, state: 'active', last_message_at: at, preview: 'Hello?', customer: { name: 'Chen' } }) as unknown as ContactRow
const promise = (id: string) => ({ id, text: 'Call back', due_at: new Date(Date.now() - 60_000).toISOString() }) as never
const missedBy = (state: string) => ({ state, reason: state === 'not_ready' ? 'missed' : null, channels: [] }) as never
const picture = (n: number, part: Partial<Snapshot>): Snapshot => ({
  type: 'snapshot', n, at, me: missedBy('ready'), offers: [], contacts: [], to_do: [], commitments: [], mentions: 0,
  summary: { waiting: 0, longest_wait_s: null, at }, board: null, ...part,
})

let live: ReturnType<typeof useLive>
beforeEach(() => {
  localStorage.clear()
  vi.mocked(notice).mockReset()
  setActivePinia(createPinia())
  live = useLive()
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: { render: () => null } }] })
  createApp({ setup: () => (useAttention(), () => h('p')) }).use(router).use(i18n).mount(document.createElement('div'))
})

async function receive(frame: StateFrame | Snapshot): Promise<void> {
  live.receive(frame)
  await nextTick()
}

it('does not call again after a reload for what was there', async () => {
  await receive(picture(1, { me: missedBy('not_ready'), commitments: [promise('old')], contacts: [contact(2)] }))
  expect(told()).toEqual([])
})

it('calls for what comes after the first picture, though it comes with another one', async () => {
  await receive(picture(1, { commitments: [promise('old')] }))
  await receive(picture(2, { me: missedBy('not_ready'), commitments: [promise('old'), promise('new')], contacts: [contact(1)] }))
  expect(told().sort()).toEqual(['c1', 'missed', 'new'])
})

it('does not call for the message of an offer that was accepted, but for the next one', async () => {
  const offer = { id: 'o1', contact: { ...contact(1), urgency: { waited_s: 3 }, tier: 'gold', channel: 'webchat' } } as never
  await receive(picture(1, { offers: [offer] }))
  await receive(picture(2, { contacts: [contact(1)] }))
  expect(told()).toEqual(['o1'])
  await receive(picture(3, { contacts: [contact(2)] }))
  expect(told()).toEqual(['o1', 'c1'])
})
