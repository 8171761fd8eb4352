import type { Scheduled } from '@/shared/api/words'
import { htmlOfText } from '@/features/desk/composer/draft_html'
import { useDrafts } from '@/stores/drafts'
import type { Outgoing } from '@/stores/outbox'

/** An answer that has not gone out. */
export type Unsent = Pick<Scheduled, 'contact_id' | 'conversation_id' | 'text' | 'html' | 'subject' | 'to' | 'cc' | 'bcc' | 'files' | 'article_ids' | 'aside_of'>

/** What was to go out becomes the draft again, on the conversation it was for, before what was begun since. */
export function backToDraft(taken: Unsent): void {
  const drafts = useDrafts()
  const draft = drafts.of(taken.contact_id)
  const via = taken.conversation_id ?? ''
  const begun = via === draft.via && taken.aside_of === draft.asideOf ? draft : NOWHERE
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
    asideOf: taken.aside_of,
    print: '', // the hub's draft of these words ended with them: hearing of that does not end these
  })
}

/** What was sent and is taken back is in the composer of its contact again, whatever is open. */
export function giveBack({ kind, contactId, files, body }: Outgoing): void {
  const drafts = useDrafts()
  if (kind === 'note') {
    const { note, mentions } = drafts.of(contactId)
    drafts.save(contactId, { mode: 'note', note: [body.text, note].filter(Boolean).join('\n'), mentions: [...(body.mentions ?? []), ...mentions] })
  } else {
    backToDraft({
      contact_id: contactId,
      conversation_id: body.conversation_id ?? null,
      text: body.text,
      html: body.html ?? null,
      subject: body.subject ?? null,
      to: body.to ?? null,
      cc: body.cc ?? [],
      bcc: body.bcc ?? [],
      files,
      article_ids: body.article_ids ?? [],
      aside_of: body.aside_of ?? null,
    })
  }
  drafts.write() // it is nowhere else from now on
}

/** To whom and about what a draft goes is not taken over to another conversation, nor from a forward to an answer or back. */
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
