import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, type App } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import * as desk from '@/shared/api/desk'
import * as api from '@/shared/api/guests'
import type { ContactRow } from '@/shared/api/types'
import { useSession } from '@/stores/session'
import GuestBar from './GuestBar.vue'

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))
const guest = (more: Partial<api.Guest>): api.Guest => ({
  id: 'g1', contact_id: 'c1', role: 'consult', mode: 'normal', user_id: 'u2', name: 'Ben', number: '', by_name: 'Ann', state: 'joined',
  at: '2026-03-10T02:00:00Z', joined_at: '2026-03-10T02:00:05Z', ended_as: null, blind: false, mine: false, asked: true, ...more,
})
let app: App | null = null
let list: ReturnType<typeof vi.spyOn>

beforeEach(async () => {
  setActivePinia(createPinia())
  await setLocale('en')
  await loadTexts('guests')
  list = vi.spyOn(api, 'listGuests')
  vi.spyOn(api, 'listGuestCalls').mockResolvedValue({ items: [] } as never)
})
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
  vi.restoreAllMocks()
})

async function drawn(guests: api.Guest[], how: { mine: boolean; role?: string; state?: string; recording?: object }): Promise<HTMLElement> {
  list.mockResolvedValue({ items: guests })
  const pinia = createPinia()
  const box = document.body.appendChild(document.createElement('div'))
  const row = { id: 'c1', state: how.state ?? 'active', customer: { name: 'Chen' }, agent_name: 'Ann', recording: how.recording ?? null } as unknown as ContactRow
  app = createApp({ render: () => h(GuestBar, { row, mine: how.mine }) })
  app.use(pinia).use(i18n)
  setActivePinia(pinia)
  useSession().me = { id: 'me', role: how.role ?? 'agent', name: 'Me' } as never
  app.mount(box)
  await settle()
  return box
}
const labels = (box: HTMLElement): string[] => [...box.querySelectorAll('button')].map((one) => one.textContent?.trim() ?? '')
const press = async (box: HTMLElement, label: string): Promise<void> => {
  ;[...box.querySelectorAll('button')].find((one) => one.textContent?.trim() === label)!.click()
  await settle()
}

it('lets the agent bring all together, leave the customer, or come back', async () => {
  const box = await drawn([guest({})], { mine: true, state: 'hold' })
  expect(labels(box)).toEqual(['All three together', 'Leave the customer to them', 'Back to the customer'])
  const done = vi.spyOn(api, 'completeAsking').mockResolvedValue(null)
  const resume = vi.spyOn(desk, 'resume').mockResolvedValue(null)
  await press(box, 'All three together')
  await press(box, 'Leave the customer to them')
  expect([resume.mock.calls, done.mock.calls]).toEqual([[['c1']], [['g1']]])
})

it('offers nobody to leave the customer to who has not answered', async () => {
  const box = await drawn([guest({ state: 'ringing', joined_at: null })], { mine: true, state: 'hold' })
  expect(labels(box)).toEqual(['Cancel'])
  expect(box.textContent).toContain('Ben rings…')
})

it('says that somebody was not reached, and offers to ask again', async () => {
  const box = await drawn([guest({ state: 'ended', ended_as: 'busy' })], { mine: true, state: 'hold' })
  expect(box.textContent).toContain('Ben was busy')
  expect(labels(box)).toEqual(['Ask or pass on by phone'])
})

it('shows a supervisor on the call who hears them, always', async () => {
  const me = guest({ role: 'supervisor', mode: 'listen', name: 'Me', mine: true, asked: false })
  const box = await drawn([me], { mine: false, role: 'supervisor' })
  const pressed = (): string | undefined => box.querySelector('[aria-pressed=true]')?.textContent?.trim()
  expect(pressed()).toBe('Listen')
  const set = vi.spyOn(api, 'setMode').mockResolvedValue(null)
  await press(box, 'Whisper')
  expect(set.mock.calls).toEqual([['g1', 'whisper']])
})

it.each([
  [{ state: 'paused' }, 'You hear nothing and are not heard: the recording is paused'],
  [{ state: 'recording', turn: 'pausing' }, 'You hear nothing and are not heard: the recording is paused'],
  [{ state: 'recording', turn: null }, 'You are heard by both'],
])('tells a supervisor that nothing is heard while the recording pauses: %o', async (recording, words) => {
  const me = guest({ role: 'supervisor', mode: 'barge', name: 'Me', mine: true, asked: false })
  const box = await drawn([me], { mine: false, role: 'supervisor', recording })
  expect(box.textContent).toContain(words)
})

it('gives an agent who looks at a call of a colleague nothing to do', async () => {
  const box = await drawn([], { mine: false })
  expect(box.querySelector('section')).toBeNull()
})
