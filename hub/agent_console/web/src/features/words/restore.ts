import type { Scheduled } from '@/shared/api/words'
import { htmlOfText } from '@/features/desk/composer/draft_html'
import { useDrafts } from '@/stores/drafts'

/** What was to go out later becomes the draft again, on the conversation it was for, before what was begun since. */
export function backToDraft(taken: Scheduled): void {
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
