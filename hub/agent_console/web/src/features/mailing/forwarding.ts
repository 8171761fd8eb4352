import { nextTick } from 'vue'

import { copyFiles } from '@/shared/api/deliveries'
import type { FileView, Interaction } from '@/shared/api/types'
import { ownFiles } from '@/shared/domain/mail_parts'
import { useConversations } from '@/stores/conversations'
import { useDrafts } from '@/stores/drafts'

const FORWARDS = /^(?:fwd?|wg|转发|轉寄)\s*[:：]/iu
const ANSWERS = /^(?:re|aw|回复|答复)\s*[:：]/iu

export function forwardSubject(subject: string | null): string {
  const words = subject ?? ''
  return FORWARDS.test(words) ? words : `Fwd: ${words}`.trim()
}

/** A part that the mail does not show in its words is an attachment, whatever it is called by: some programs name all. */
export function asAttached(files: FileView[], html: string | null): FileView[] {
  return files.map((file) => (file.content_id && !(html ?? '').includes(`data-cid="${file.content_id.replace(/^<|>$/gu, '')}"`) ? { ...file, content_id: null } : file))
}

/** Make the composer of a contact one that forwards this entry, with its files; what was begun there stays. */
export async function beginForward(contactId: string, entry: Interaction): Promise<void> {
  const copies = entry.files.length ? (await copyFiles(entry.id)).items : []
  useDrafts().save(contactId, {
    mode: 'reply',
    asideOf: entry.id,
    to: [],
    cc: [],
    bcc: [],
    subject: forwardSubject(entry.subject),
    files: [...filesBegun(contactId), ...asAttached(copies, entry.html)],
  })
  await toField()
}

/** Answer who was forwarded a mail: it goes to them, not to the customer. */
export async function beginAnswer(contactId: string, entry: Interaction): Promise<void> {
  const from = entry.meta['from']
  const subject = entry.subject ?? ''
  useDrafts().save(contactId, {
    mode: 'reply',
    asideOf: entry.id,
    to: typeof from === 'string' && from ? [from] : [],
    cc: [],
    bcc: [],
    subject: ANSWERS.test(subject) ? subject : `Re: ${subject}`.trim(),
    files: filesBegun(contactId),
  })
  await toField()
}

/** The files of what was begun, without those of another mail that was to be forwarded. */
function filesBegun(contactId: string): FileView[] {
  const { asideOf, files, replyHtml } = useDrafts().of(contactId)
  return asideOf === null ? files : ownFiles(files, replyHtml, useConversations().entry(asideOf)?.files)
}

/** To whom it goes is what comes next. */
async function toField(): Promise<void> {
  await nextTick()
  document.getElementById('mail-to')?.focus()
}
