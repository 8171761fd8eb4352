import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, ref, type App, type Ref } from 'vue'

import { i18n } from '@/i18n'
import * as api from '@/shared/api/desk'
import { ApiError } from '@/shared/api/http'
import type { ContactDetail, ContactRow, Me } from '@/shared/api/types'
import * as words from '@/shared/api/words'
import { useDetails } from '@/stores/details'
import { useDrafts } from '@/stores/drafts'
import { useLive } from '@/stores/live'
import { useOutbox } from '@/stores/outbox'
import { useSession } from '@/stores/session'
import { provideOpenContact, type OpenContact } from '../open_contact'
import { useComposer, type Composer } from './composer_state'
import { printOf, wordsOf } from './draft_merge'

const MAIL = { reply: true, recipients: true, subject: true, html: true, files: true, instant: false, live: false }
const OTHER = { conversation_id: 'v2', capabilities: MAIL, subject: 'Kettle', recipients: { to: ['chen@other.test'], cc: [] } }
let merged: (typeof OTHER)[]
let app: App
let id: Ref<string>
let open: OpenContact
let composer: Composer

const row = (contactId: string): ContactRow =>
  ({ id: contactId, agent_id: 'li', state: 'active', channel: 'email', subject: 'Toaster', conversation_id: `v-${contactId}`, customer: { id: 'chen' }, version: 1, unread: 0 }) as ContactRow
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

async function page(): Promise<void> {
  setActivePinia(createPinia())
  useSession().me = { id: 'li' } as Me
  for (const one of ['c1', 'c2']) useLive().picture.contacts[one] = row(one)
  id = ref('c1')
  app = createApp({ setup: () => ((open = provideOpenContact(id)), (composer = useComposer(open)), () => null) })
  app.use(i18n).mount(document.createElement('div'))
  await settle()
}

beforeEach(async () => {
  localStorage.clear()
  merged = [OTHER]
  vi.spyOn(api, 'reply').mockResolvedValue(undefined as never)
  vi.spyOn(api, 'getContact').mockImplementation(async (contactId) =>
    ({ contact: row(contactId), merged: contactId === 'c1' ? merged : [], capabilities: MAIL, recipients: { to: ['chen@own.test'], cc: [] }, last_seq: 3 }) as unknown as ContactDetail,
  )
  await page()
})
afterEach(() => app.unmount())

async function begin(): Promise<void> {
  composer.via.value = 'v2'
  composer.text.value = 'Dear Chen'
  composer.to.value = 'boss@other.test'
  await settle()
}

it('an answer on another of the merged conversations stays on it while other contacts are looked at', async () => {
  await begin()
  id.value = 'c2'
  await settle()
  expect([open.via.value, composer.to.value]).toEqual(['', 'chen@own.test'])
  id.value = 'c1'
  await settle()
  composer.send()
  expect(useOutbox().items[0]).toMatchObject({ conversationId: 'v2', body: { conversation_id: 'v2', to: ['boss@other.test'] } })
})

it('and over a reload of the page', async () => {
  await begin()
  useDrafts().write()
  app.unmount()
  await page()
  expect([open.via.value, composer.text.value, composer.to.value]).toEqual(['v2', 'Dear Chen', 'boss@other.test'])
})

it('another way to answer begins with whom it goes to there', async () => {
  await begin()
  composer.via.value = ''
  expect([composer.to.value, composer.subject.value]).toEqual(['chen@own.test', 'Re: Toaster'])
})

it('once its merge was undone it goes to nobody until that was seen', async () => {
  await begin()
  merged = []
  await useDetails().load('c1')
  await settle()
  expect([composer.viaGone.value, composer.sendable.value, composer.to.value]).toEqual([true, false, 'chen@own.test'])
  composer.send()
  expect(useOutbox().items).toEqual([])
  composer.via.value = ''
  composer.send()
  expect(useOutbox().items[0]).toMatchObject({ conversationId: 'v-c1', body: { conversation_id: null, to: null } })
})

it('nothing written: the own conversation is answered again, without a question', async () => {
  composer.via.value = 'v2'
  merged = []
  await useDetails().load('c1')
  await settle()
  expect([composer.viaGone.value, useDrafts().of('c1').via]).toEqual([false, ''])
})

it('whom it goes to there is not given to the hub, which does not know on which it answers', async () => {
  await begin()
  const draft = useDrafts().of('c1')
  expect(wordsOf(draft)).toMatchObject({ text: 'Dear Chen', to: null, cc: null, subject: null })
  expect(printOf(draft)).toBe(printOf({ ...draft, via: '', to: null, cc: null, subject: null }))
})

it('a mail is forwarded once it is said to whom', async () => {
  await settle()
  useDrafts().save('c1', { mode: 'reply', asideOf: 'e1', to: [] })
  composer.send()
  expect([composer.sendable.value, useOutbox().items]).toEqual([true, []])
  composer.to.value = 'maker@factory.test'
  composer.send()
  expect(useOutbox().items[0]).toMatchObject({ body: { aside_of: 'e1', to: ['maker@factory.test'] } })
})

it('an answer for later that is given again after nothing was heard is the same one, and another after a refusal', async () => {
  await begin()
  const put = vi.spyOn(words, 'sendLater')
  const ids = (): string[] => put.mock.calls.map(([, body]) => body.client_id)
  put.mockRejectedValueOnce(new ApiError(0, 'offline', '')).mockRejectedValueOnce(new ApiError(409, 'later.taken_back', ''))
  const at = '2026-12-01T09:00:00Z'
  await expect(composer.sendLater(at)).rejects.toThrow()
  await expect(composer.sendLater(at)).rejects.toThrow()
  put.mockResolvedValueOnce({} as words.Scheduled)
  await composer.sendLater(at)
  expect(ids()[1]).toBe(ids()[0])
  expect(ids()[2]).not.toBe(ids()[0])
})
