import type { DraftState, DraftView, DraftWords } from '@/shared/api/drafts'
import { emptyDraft, type Draft } from '@/stores/drafts'

/** What of a draft is the reply: the part that travels with the contact. A note stays in its browser. */
export type ReplyPart = Pick<Draft, 'reply' | 'replyHtml' | 'subject' | 'to' | 'cc' | 'bcc' | 'files' | 'articleIds' | 'begunAtSeq' | 'asideOf'>

export function blankReply(): ReplyPart {
  const { reply, replyHtml, subject, to, cc, bcc, files, articleIds, begunAtSeq, asideOf } = emptyDraft()
  return { reply, replyHtml, subject, to, cc, bcc, files, articleIds, begunAtSeq, asideOf }
}

export function replyOf(view: DraftView): ReplyPart {
  const { text: reply, html: replyHtml, subject, to, cc, bcc, files, article_ids: articleIds, begun_at_seq: begunAtSeq, aside_of: asideOf } = view
  return { reply, replyHtml, subject, to, cc, bcc, files, articleIds, begunAtSeq, asideOf: asideOf ?? null }
}

/** The hub's draft does not say on which of merged conversations it answers: whom it goes to there stays in this browser. */
type Kept = ReplyPart & Partial<Pick<Draft, 'via'>>
const given = (part: Kept): ReplyPart => (part.via ? { ...part, subject: null, to: null, cc: null } : part)

export function wordsOf(part: Kept): DraftWords {
  const { reply: text, replyHtml: html, subject, to, cc, bcc, files, articleIds: article_ids, begunAtSeq: begun_at_seq, asideOf: aside_of } = given(part)
  return { text, html, subject, to, cc, bcc, attachments: files.map((file) => file.id), article_ids, begun_at_seq, aside_of }
}

const MARKUP = /<br\s*\/?>| (?:rel|target|class)="[^"]*"/gu // what the hub's cleaning may add or take

/** A short mark of what is written: equal where nothing but the cleaning of its HTML differs. Empty: nothing is. */
export function printOf(kept: Kept): string {
  const part = given(kept)
  if (part.reply.trim() === '' && part.files.every((file) => file.content_id) && !part.asideOf) return ''
  const html = part.replyHtml?.replace(MARKUP, '') ?? null
  const text = JSON.stringify([part.reply, html, part.subject, part.to, part.cc, part.bcc, part.files.map((file) => file.id), part.articleIds, ...(part.asideOf ? [part.asideOf] : [])])
  let mark = 0x811c9dc5 // FNV-1a
  for (let index = 0; index < text.length; index += 1) mark = Math.imul(mark ^ text.charCodeAt(index), 0x01000193)
  return `${text.length}.${(mark >>> 0).toString(36)}`
}

/**
 * What becomes of the draft held here, `print` being what the hub had when both were last the same:
 * both say the same; take the hub's; forget ours, since it was sent or discarded; give ours to the hub;
 * or ask, where somebody else's words, or two versions of one's own, stand against each other.
 */
export type Verdict = 'same' | 'take' | 'forget' | 'give' | 'ask'

export function compare(held: Draft, hub: DraftState, me: string): Verdict {
  const ours = printOf(held)
  const changed = ours !== held.print
  const theirs = hub.draft ? printOf(replyOf(hub.draft)) : ''
  if (ours === theirs) return 'same'
  if (hub.version === held.version) return 'give'
  if (!hub.draft) return changed && ours !== '' ? 'give' : 'forget'
  return changed || hub.draft.author_id !== me ? 'ask' : 'take'
}
