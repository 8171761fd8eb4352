import { describe, expect, it } from 'vitest'

import type { DraftView } from '@/shared/api/drafts'
import { emptyDraft, type Draft } from '@/stores/drafts'
import { compare, printOf, replyOf, wordsOf } from './draft_merge'

const LI = 'li'
const draft = (part: Partial<Draft>): Draft => ({ ...emptyDraft(), ...part })
const view = (text: string, author_id = LI, html: string | null = null): DraftView => ({
  author_id, author_name: 'Li', saved_at: '', text, html, subject: null, to: null, cc: null, bcc: [], files: [], article_ids: [], begun_at_seq: null, aside_of: null,
})
/** A draft that the hub has as it is. */
const saved = (reply: string, version: number): Draft => draft({ reply, version, print: printOf(draft({ reply })) })

describe('the draft here and the draft of the hub', () => {
  it('are the same where only the cleaning of the HTML differs', () => {
    const held = draft({ reply: 'a', replyHtml: '<p></p><p><a href="https://a.test">a</a></p>' })
    const hub = view('a', LI, '<p><br></p><p><a href="https://a.test" rel="noopener">a</a></p>')
    expect(compare(held, { version: 3, draft: hub }, LI)).toBe('same')
  })

  it('a sent or discarded one is forgotten, also on a page that still shows it', () => {
    expect(compare(saved('Yes.', 2), { version: 3, draft: null }, LI)).toBe('forget')
  })

  it('what was written on since then is given again', () => {
    expect(compare({ ...saved('Yes.', 2), reply: 'Yes. And' }, { version: 3, draft: null }, LI)).toBe('give')
  })

  it("one's own from another page is taken, unless something was written here", () => {
    expect(compare(saved('Ye', 1), { version: 2, draft: view('Yes') }, LI)).toBe('take')
    expect(compare(draft({}), { version: 2, draft: view('Yes') }, LI)).toBe('take')
    expect(compare({ ...saved('Ye', 1), reply: 'No' }, { version: 2, draft: view('Yes') }, LI)).toBe('ask')
  })

  it("a colleague's is asked about, never taken or overwritten unseen", () => {
    expect(compare(draft({}), { version: 2, draft: view('Dear', 'wang') }, LI)).toBe('ask')
    expect(compare(draft({ reply: 'Mine' }), { version: 2, draft: view('Dear', 'wang') }, LI)).toBe('ask')
  })

  it('what was sent here is not brought back by the state before it', () => {
    const sent = { ...saved('Yes.', 2), reply: '' }
    expect(compare(sent, { version: 2, draft: view('Yes.') }, LI)).toBe('give') // that there is nothing more
  })
})

describe('what is written', () => {
  it('has no mark while there are neither words nor files', () => {
    expect(printOf(draft({ subject: 'Re: x', reply: ' \n' }))).toBe('')
    expect(printOf(draft({ files: [{ id: 'f', content_id: 'f@hub' } as never] }))).toBe('')
    expect(printOf(draft({ reply: 'a' }))).not.toBe(printOf(draft({ reply: 'a', bcc: ['b@a.test'] })))
  })

  it('goes to the hub and comes back whole', () => {
    const { attachments, ...words } = wordsOf(draft({ reply: 'a', replyHtml: '<p>a</p>', to: ['x@a.test'], begunAtSeq: 4 }))
    expect(attachments).toEqual([])
    expect(replyOf({ ...view('') , ...words })).toMatchObject({ reply: 'a', replyHtml: '<p>a</p>', to: ['x@a.test'], begunAtSeq: 4 })
  })
})
