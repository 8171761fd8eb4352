import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, type App, type Ref } from 'vue'
import { createRouter, createMemoryHistory, type Router } from 'vue-router'

import { i18n } from '@/i18n'
import * as api from '@/shared/api/desk'
import { ApiError } from '@/shared/api/http'
import * as together from '@/shared/api/together'
import type { ContactDetail, ContactRow, DispositionBody } from '@/shared/api/types'
import { useDrafts } from '@/stores/drafts'
import { useOutbox } from '@/stores/outbox'
import { useQueued } from '@/stores/queued'
import { useSession } from '@/stores/session'
import { useToasts } from '@/stores/toasts'
import { useContactActions } from '../contact_actions'
import { provideOpenContact, useOpenContact } from '../open_contact'
import { useClosing, type Closing } from './closing'
import { useDispositionForm, type DispositionForm } from './disposition_form'

const SAID: DispositionBody = { reason_id: 'late', outcome_id: 'solved', next_action: 'none', note: 'of A' }
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const contact = (id: string): ContactRow => ({ id, queue_id: 'q', channel: 'webchat', state: 'queued', customer: { id: `of ${id}` }, conversation_id: '' }) as unknown as ContactRow

let app: App
let closed: [string, DispositionBody | null][]
beforeEach(() => {
  setActivePinia(createPinia())
  closed = []
  vi.spyOn(api, 'getContact').mockImplementation(async (id) => ({ contact: contact(id), other_open: [contact(`other of ${id}`)] }) as unknown as ContactDetail)
  vi.spyOn(api, 'act').mockImplementation(async (id, deed, body) => void (deed === 'close' && closed.push([id, (body as { disposition: DispositionBody | null }).disposition])))
})

async function opened(): Promise<{ open: Ref<string>; closing: Closing; router: Router; form: () => DispositionForm; reopen: () => Promise<void> }> {
  const open = ref('A')
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/desk/:contactId?', component: { render: () => null } }] })
  await router.push('/desk/A')
  let closing: Closing | undefined
  const forms: DispositionForm[] = []
  const dialog = { setup: () => (forms.push(useDispositionForm(() => contact('A'), () => undefined)), () => null) }
  const shown = ref(0)
  const pane = {
    setup: () => {
      closing = useClosing(() => contact('A'), useContactActions(useOpenContact()), true)
      return () => h(dialog, { key: shown.value })
    },
  }
  app = createApp({ setup: () => (provideOpenContact(open), () => h(pane)) })
  app.use(router).use(i18n).mount(document.createElement('div'))
  await settle()
  const form = (): DispositionForm => forms.at(-1)!
  const reopen = (): Promise<void> => ((shown.value += 1), nextTick())
  return { open, closing: closing!, router, form, reopen }
}

/** Says what was learned once the test lets it. */
function slowly(): { say: () => Promise<boolean>; answer: (well: boolean) => void; asked: () => number } {
  const waiting: ((well: boolean) => void)[] = []
  return { say: () => new Promise((resolve) => waiting.push(resolve)), answer: (well) => waiting.forEach((one) => one(well)), asked: () => waiting.length }
}

it('closes the contact it was asked for, and leaves alone the one opened meanwhile', async () => {
  const { open, closing, router } = await opened()
  const learned = slowly()
  const form = { ...SAID }
  const done = closing.close(form, learned.say)
  open.value = 'B'
  await router.push('/desk/B')
  form.note = 'of B'
  learned.answer(true)
  expect(await done).toBe('done')
  await closing.leave()
  expect([closed, router.currentRoute.value.path]).toEqual([[['A', SAID]], '/desk/B'])
  app.unmount()
})

it('offers to take back what it closes with, and the contact is there again', async () => {
  const { closing, router } = await opened()
  const outbox = useOutbox()
  const held = { contactId: 'A', conversationId: '', kind: 'reply', body: { text: 'Done', client_id: 'r1' }, files: [], clientId: 'r1', state: 'held', goesAt: Date.now() + 9_000, undoS: 9, tried: true, at: '', problem: '' } as const
  outbox.items.push({ ...held, body: { ...held.body }, files: [] })
  const back = vi.spyOn(api, 'takeBack').mockResolvedValue(undefined as never)
  expect(await closing.close(SAID)).toBe('done')
  await closing.leave()
  const [toast] = useToasts().items
  expect([toast?.text, router.currentRoute.value.path]).toEqual([i18n.global.t('finish.following'), '/desk'])
  toast!.action!.run()
  await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/desk/A'))
  expect([back.mock.calls, useDrafts().of('A').reply]).toEqual([[['r1']], 'Done'])
  app.unmount()
})

it('takes along who waits of the customer of the contact that closes', async () => {
  const { open, closing, router } = await opened()
  const close = vi.spyOn(together, 'closeTogether').mockResolvedValue({ taken: [], left: [] })
  closing.chosen.value = ['other of A']
  const learned = slowly()
  const done = closing.close(SAID, learned.say)
  open.value = 'B'
  await settle()
  learned.answer(true)
  expect(await done).toBe('done')
  expect(close.mock.calls).toEqual([['A', SAID, ['other of A']]])
  expect(router.currentRoute.value.path).toBe('/desk/A')
  app.unmount()
})

it('is busy while it says what was learned: asked twice, it closes once, and then leaves', async () => {
  const { closing, router } = await opened()
  const learned = slowly()
  const done = closing.close(SAID, learned.say)
  await nextTick()
  expect([closing.busy.value, await closing.close(SAID, learned.say), learned.asked()]).toEqual([true, 'refused', 1])
  learned.answer(true)
  await done
  await closing.leave()
  expect([closed.length, closing.busy.value, router.currentRoute.value.path]).toEqual([1, false, '/desk'])
  app.unmount()
})

it('stays open where what was learned cannot be told', async () => {
  const { closing } = await opened()
  expect([await closing.close(SAID, async () => false), closed, closing.busy.value]).toEqual(['refused', [], false])
  app.unmount()
})

it('says that closing waits; refused later, what was written and what was said are still there', async () => {
  localStorage.clear()
  useSession().me = { id: 'me' } as never
  const drafts = useDrafts()
  const queued = useQueued()
  const { closing, form, reopen } = await opened()
  drafts.save('A', { reply: 'Dear' })
  vi.spyOn(api, 'act').mockRejectedValueOnce(new ApiError(0, 'offline', '')).mockRejectedValueOnce(new ApiError(409, 'conflict', 'No reason.'))
  expect(await closing.close(SAID)).toBe('queued')
  await queued.flush()
  await reopen()
  expect([queued.waiting, drafts.has('A'), form().value.reason_id, form().value.note]).toEqual([0, true, 'late', 'of A'])
  expect(await closing.close(SAID)).toBe('done')
  await reopen()
  expect(form().value.reason_id).toBeNull()
  app.unmount()
})
