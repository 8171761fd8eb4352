import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'

import { useDrafts } from '@/stores/drafts'
import { intoReply } from './restore'

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
