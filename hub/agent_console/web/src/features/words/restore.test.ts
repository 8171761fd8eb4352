import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'

import { useDrafts } from '@/stores/drafts'
import { backToDraft, intoReply, type Unsent } from './restore'

beforeEach(() => {
  localStorage.clear()
  setActivePinia(createPinia())
})

it("a macro's words go behind the reply of the contact it was for, whatever was written on last", () => {
  const drafts = useDrafts()
  drafts.save('c1', { mode: 'note', note: 'Ask Li', reply: 'Dear Chen,', replyHtml: '<p>Dear Chen,</p>' })
  intoReply('c1', 'It is on its way.')
  expect(drafts.of('c1')).toMatchObject({ mode: 'reply', note: 'Ask Li', reply: 'Dear Chen,\nIt is on its way.', replyHtml: '<p>Dear Chen,</p><p>It is on its way.</p>' })
  intoReply('c2', 'Hello')
  expect(drafts.of('c2')).toMatchObject({ mode: 'reply', reply: 'Hello', replyHtml: null })
})

it('an answer that is taken back goes to its customer, not to whom a mail was to be forwarded meanwhile; nor the other way round', () => {
  const drafts = useDrafts()
  const taken = { contact_id: 'c1', conversation_id: null, text: 'Dear Chen', html: null, subject: null, to: null, cc: [], bcc: [], files: [], article_ids: [] }
  drafts.save('c1', { reply: 'Please look', asideOf: 'e1', to: ['maker@x.test'], subject: 'Fwd: Pump' })
  backToDraft({ ...taken, aside_of: null } as Unsent)
  expect(drafts.of('c1')).toMatchObject({ asideOf: null, to: null, subject: null, reply: 'Dear Chen\nPlease look' })
  backToDraft({ ...taken, text: 'See below', to: ['maker@x.test'], aside_of: 'e1' } as Unsent)
  expect(drafts.of('c1')).toMatchObject({ asideOf: 'e1', to: ['maker@x.test'], reply: 'See below\nDear Chen\nPlease look' })
})
