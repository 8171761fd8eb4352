import type { FileView } from '@/shared/api/types'
import { htmlOfText } from '@/features/desk/composer/draft_html'
import { useDrafts } from '@/stores/drafts'

/** An answer that has not gone out. `conversation_id`: the merged one it was for; null: the contact's own. */
export interface Unsent {
  contact_id: string
  conversation_id: string | null
  text: string
  html: string | null
  subject: string | null
  to: string[] | null
  cc: string[]
  bcc: string[]
  files: FileView[]
  article_ids: string[]
}

/** What was to go out becomes the draft again, on the conversation it was for, before what was begun since. */
export function backToDraft(taken: Unsent): void {
  const drafts = useDrafts()
  const draft = drafts.of(taken.contact_id)
  const via = taken.conversation_id ?? ''
  const begun = via === draft.via ? draft : NOWHERE
  drafts.save(taken.contact_id, {
    mode: 'reply',
    via,
    reply: [taken.text, draft.reply].filter(Boolean).join('\n'),
    replyHtml: taken.html ? taken.html + (draft.replyHtml ?? htmlOfText(draft.reply)) : null,
    subject: taken.subject ?? begun.subject,
    to: taken.to ?? begun.to,
    cc: taken.cc.length ? taken.cc : begun.cc,
    bcc: [...new Set([...taken.bcc, ...begun.bcc])],
    files: [...taken.files, ...draft.files],
    articleIds: [...new Set([...taken.article_ids, ...draft.articleIds])],
  })
}

/** To whom and about what a draft goes is not taken over to another conversation. */
const NOWHERE = { subject: null, to: null, cc: null, bcc: [] as string[] }

/** Words for the customer go behind the reply that was begun, and the reply is what is written on. */
export function intoReply(contactId: string, text: string): void {
  const drafts = useDrafts()
  const { reply, replyHtml } = drafts.of(contactId)
  drafts.save(contactId, {
    mode: 'reply',
    reply: [reply, text].filter(Boolean).join('\n'),
    replyHtml: replyHtml === null ? null : replyHtml + htmlOfText(text),
  })
}
