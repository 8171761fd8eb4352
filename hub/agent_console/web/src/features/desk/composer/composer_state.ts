import { computed, ref, watch, type ComputedRef, type Ref, type WritableComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import * as api from '@/shared/api/desk'
import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import type { Capabilities, FileView, Interaction, Mentioned, Recipients, ReplyBody } from '@/shared/api/types'
import { sendLater as putAside } from '@/shared/api/words'
import { ownFiles } from '@/shared/domain/mail_parts'
import { useConversations } from '@/stores/conversations'
import { useDrafts } from '@/stores/drafts'
import { useLive } from '@/stores/live'
import { useOutbox } from '@/stores/outbox'
import { usePreferences } from '@/stores/preferences'
import { useSession } from '@/stores/session'
import { useToasts } from '@/stores/toasts'
import type { OpenContact } from '../open_contact'
import { addressesIn } from './addresses'
import { htmlOfText, writtenOn } from './draft_html'
import { blankReply } from './draft_merge'

const PICTURE = /^image\/(?:png|jpeg|gif|webp)$/u
const PICTURE_BYTES = 5 * 1024 * 1024
const TYPING_EVERY_MS = 2_500
const TYPING_ENDS_MS = 4_000

export interface Composer {
  mode: WritableComputedRef<'reply' | 'note'>
  text: WritableComputedRef<string>
  /** The reply with its formatting, for the formatted field. */
  html: ComputedRef<string>
  writeRich: (html: string, text: string) => void
  /** The reply is written, and sent, with formatting. */
  rich: ComputedRef<boolean>
  subject: WritableComputedRef<string>
  to: WritableComputedRef<string>
  cc: WritableComputedRef<string>
  bcc: WritableComputedRef<string>
  recipients: ComputedRef<Recipients | undefined>
  files: ComputedRef<FileView[]>
  uploading: Ref<number>
  /** On which of the conversations that are one now it is answered; '': on the contact's own. */
  via: WritableComputedRef<string>
  /** It was written for one that is merged no longer: not sent until `via` is set again. */
  viaGone: ComputedRef<boolean>
  /** What others said since this text was begun. */
  newer: ComputedRef<Interaction[]>
  sawNewer: () => void
  sendable: ComputedRef<boolean>
  attach: (chosen: Iterable<File>) => Promise<void>
  /** Store a picture that is to stand in the words; null: it is attached instead, or could not be stored. */
  attachInline: (picture: File) => Promise<FileView | null>
  /** The entry that is forwarded, or answered aside; null: the customer is answered. */
  asideOf: ComputedRef<string | null>
  endAside: () => void
  detach: (id: string) => void
  useArticle: (id: string) => void
  mention: (one: Mentioned) => void
  send: (whenPosted?: () => void) => void
  /** Put the reply aside until a time (ISO 8601). Throws what the hub refuses. */
  sendLater: (at: string) => Promise<void>
  wrote: () => void
  /** Rises with each key; 0 once it is sent. */
  strokes: Ref<number>
}

/** The text being written for the open contact: a draft kept in this browser, sent through the outbox. */
export function useComposer(open: OpenContact): Composer {
  const drafts = useDrafts()
  const outbox = useOutbox()
  const live = useLive()
  const conversations = useConversations()
  const toasts = useToasts()
  const preferences = usePreferences()
  const session = useSession()
  const { t } = useI18n()
  const id = open.id
  const uploading = ref(0)
  const strokes = ref(0)
  let formatted: { reply: string; html: string | null } = { reply: '', html: null } // before it was written on
  let writtenHtml: string | null = null // what the plain field made of it
  let typingSentAt = 0
  let typingTimer: number | undefined

  const draft = computed(() => drafts.of(id.value))
  const conversationId = computed(() => open.via.value || (open.row.value?.conversation_id ?? ''))
  const other = computed(() => open.detail.value?.merged.find((one) => one.conversation_id === open.via.value))
  const recipients = computed(() => (other.value ?? open.detail.value)?.recipients)
  const inbound = computed(() => (conversations.held[conversationId.value]?.timeline.entries ?? []).filter(byOthers))

  /** What the customer says, and what colleagues write meanwhile. */
  function byOthers(entry: Interaction): boolean {
    return entry.direction === 'in' || (entry.author_id !== null && entry.author_id !== session.me?.id && ['message', 'note'].includes(entry.kind))
  }

  const mode = computed({
    get: () => (open.can.value?.reply === false ? 'note' : draft.value.mode),
    set: (value) => {
      drafts.save(id.value, { mode: value })
      stopTyping()
    },
  })
  const text = computed({
    get: () => (mode.value === 'note' ? draft.value.note : draft.value.reply),
    set: (value) => save(mode.value === 'note' ? { note: value } : { reply: value, replyHtml: formattedSoFar(value) }),
  })
  const rich = computed(() => mode.value === 'reply' && open.can.value?.html === true && preferences.richText)
  const html = computed(() => draft.value.replyHtml ?? htmlOfText(draft.value.reply))
  const writeRich = (formatted: string, plain: string): void => save({ reply: plain, replyHtml: formatted || null })
  const subject = computed({
    get: () => draft.value.subject ?? answerSubject((other.value ?? open.row.value)?.subject),
    set: (value) => drafts.save(id.value, { subject: value }),
  })
  const to = computed({
    get: () => (draft.value.to ?? recipients.value?.to ?? []).join(', '),
    set: (value) => drafts.save(id.value, { to: addressesIn(value) }),
  })
  const cc = computed({
    get: () => (draft.value.cc ?? recipients.value?.cc ?? []).join(', '),
    set: (value) => drafts.save(id.value, { cc: addressesIn(value) }),
  })
  const bcc = computed({
    get: () => draft.value.bcc.join(', '),
    set: (value) => drafts.save(id.value, { bcc: addressesIn(value) }),
  })
  const asideOf = computed(() => (mode.value === 'reply' ? draft.value.asideOf : null))
  const files = computed(() => draft.value.files.filter((file) => !file.content_id)) // pictures of the words are seen there
  const newer = computed(() => {
    const begun = draft.value.begunAtSeq
    return begun === null ? [] : inbound.value.filter((entry) => entry.seq > begun)
  })
  const tooLong = computed(() => mode.value === 'reply' && (open.can.value?.text_limit ?? 0) > 0 && [...text.value].length > open.can.value!.text_limit)
  const sendable = computed(() => !tooLong.value && (asideOf.value !== null || text.value.trim() !== '' || (mode.value === 'reply' && files.value.length > 0)) && uploading.value === 0 && (mode.value === 'note' || !viaGone.value))

  // Who it goes to is another one there, and so is how far they were.
  const via = computed({
    get: () => open.via.value,
    set: (value) => {
      drafts.save(id.value, { via: value, to: null, cc: null, subject: null })
      if (draft.value.begunAtSeq !== null) drafts.save(id.value, { begunAtSeq: lastSeq() })
    },
  })
  // A colleague undid the merge: it would go to somebody else now, which is to be seen first. Nothing written: nothing to see.
  const viaGone = computed(() => open.viaGone.value && (draft.value.reply.trim() !== '' || draft.value.files.length > 0))
  watch(open.viaGone, (gone) => gone && (viaGone.value ? drafts.save(id.value, { to: null, cc: null, subject: null }) : (via.value = '')), { immediate: true })

  const lastSeq = (): number => inbound.value.at(-1)?.seq ?? open.detail.value?.last_seq ?? 0

  /** Keep text, and what the customer had said when it was begun. */
  function save(part: { reply: string; replyHtml: string | null } | { note: string }): void {
    const written = { ...draft.value, ...part }
    const blank = written.reply === '' && written.note === ''
    drafts.save(id.value, { ...part, begunAtSeq: blank ? null : (draft.value.begunAtSeq ?? lastSeq()) })
  }

  /** A formatted reply keeps its formatting where the plain field, standing in for a while, only writes on. */
  function formattedSoFar(value: string): string | null {
    if (!preferences.richText) return null
    if (draft.value.replyHtml !== writtenHtml) formatted = { reply: draft.value.reply, html: draft.value.replyHtml }
    const { reply, html: before } = formatted
    writtenHtml = before !== null && value.startsWith(reply) ? writtenOn(before, value.slice(reply.length)) : null
    return writtenHtml
  }

  const sawNewer = (): void => drafts.save(id.value, { begunAtSeq: lastSeq() })

  function stopTyping(): void {
    window.clearTimeout(typingTimer)
    if (typingSentAt) live.typing(conversationId.value, false)
    typingSentAt = 0
  }

  /** Tell a customer who is there that a reply is being written; never while it is a note. */
  function wrote(): void {
    strokes.value += 1
    if (mode.value === 'note' || open.can.value?.live !== true) return
    window.clearTimeout(typingTimer)
    typingTimer = window.setTimeout(stopTyping, TYPING_ENDS_MS)
    if (Date.now() - typingSentAt < TYPING_EVERY_MS) return
    typingSentAt = Date.now()
    live.typing(conversationId.value, true)
  }

  async function attach(chosen: Iterable<File>): Promise<void> {
    for (const file of chosen) {
      uploading.value += 1
      const contactId = id.value
      try {
        const stored = await api.upload(file)
        drafts.save(contactId, { files: [...drafts.of(contactId).files, stored] })
      } catch (error) {
        toasts.error(t('files.notStored', { name: file.name, why: messageOf(error) }), { label: t('common.retry'), run: () => void attach([file]) })
      } finally {
        uploading.value -= 1
      }
    }
  }

  async function attachInline(picture: File): Promise<FileView | null> {
    if (!PICTURE.test(picture.type) || picture.size > PICTURE_BYTES) {
      await attach([picture])
      return null
    }
    uploading.value += 1
    const contactId = id.value
    try {
      const stored = await api.upload(picture, true)
      drafts.save(contactId, { files: [...drafts.of(contactId).files, stored] })
      return stored
    } catch (error) {
      toasts.error(t('files.notStored', { name: picture.name, why: messageOf(error) }))
      return null
    } finally {
      uploading.value -= 1
    }
  }

  /** What was copied from the mail goes with it; what its writer put in stays. */
  function endAside(): void {
    const { asideOf: of, files: held, replyHtml } = draft.value
    const files = ownFiles(held, replyHtml, of === null ? [] : conversations.entry(of)?.files)
    drafts.save(id.value, { asideOf: null, to: null, cc: null, bcc: [], subject: null, files })
  }

  /** A picture that was taken out of the words again does not go along; one of the mail that is forwarded does. */
  const goesAlong = (file: FileView): boolean => !file.content_id || asideOf.value !== null || (draft.value.replyHtml ?? '').includes(file.content_id)

  function detach(fileId: string): void {
    drafts.save(id.value, { files: draft.value.files.filter((file) => file.id !== fileId) })
  }

  function useArticle(articleId: string): void {
    drafts.save(id.value, { articleIds: [...new Set([...draft.value.articleIds, articleId])] })
  }

  function replyBody(can: Capabilities): Omit<ReplyBody, 'client_id'> {
    return {
      text: text.value.trim(),
      subject: can.subject ? subject.value || null : null,
      html: rich.value ? draft.value.replyHtml : null,
      to: can.recipients ? draft.value.to : null,
      cc: can.recipients ? addressesIn(cc.value) : [],
      bcc: can.recipients ? draft.value.bcc : [],
      attachments: draft.value.files.filter(goesAlong).map((file) => file.id),
      aside_of: asideOf.value,
      article_ids: draft.value.articleIds,
      draft_version: draft.value.seen,
      conversation_id: open.via.value || null,
    }
  }

  /** The answer for later that was given to the hub last and of which nothing was heard. */
  let given = { said: '', clientId: '' }

  async function sendLater(at: string): Promise<void> {
    const can = open.can.value
    if (!sendable.value || !can) return
    stopTyping()
    const contactId = id.value
    const body = { ...replyBody(can), send_at: at }
    // The same again after an answer that was lost is the same for the hub: it goes out once.
    const said = JSON.stringify([contactId, { ...body, draft_version: null }])
    if (given.said !== said) given = { said, clientId: crypto.randomUUID() }
    try {
      await putAside(contactId, { ...body, client_id: given.clientId })
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 0)) given = { said: '', clientId: '' } // it was refused
      throw error
    }
    given = { said: '', clientId: '' }
    drafts.save(contactId, blankReply())
  }

  function mention(one: Mentioned): void {
    drafts.save(id.value, { mentions: [...draft.value.mentions.filter((known) => known.kind !== one.kind || known.id !== one.id), one] })
  }

  function send(whenPosted?: () => void): void {
    const can = open.can.value
    if (!sendable.value || !can) return
    if (asideOf.value !== null && !draft.value.to?.length) {
      toasts.error(t('errors.reply.no_forward_to'))
      document.getElementById('mail-to')?.focus()
      return
    }
    const isNote = mode.value === 'note'
    stopTyping()
    strokes.value = 0
    outbox.add(
      {
        contactId: id.value,
        conversationId: conversationId.value,
        kind: isNote ? 'note' : 'reply',
        body: isNote
          ? { text: text.value.trim(), mentions: draft.value.mentions.filter((one) => text.value.includes(`@${one.name}`)) }
          : replyBody(can),
        files: isNote ? [] : draft.value.files,
        undoS: isNote || can.instant ? 0 : preferences.undoSeconds,
      },
      whenPosted,
    )
    drafts.save(id.value, isNote ? { note: '', mentions: [], begunAtSeq: draft.value.reply === '' ? null : draft.value.begunAtSeq } : blankReply())
  }

  return { mode, text, html, writeRich, rich, subject, to, cc, bcc, recipients, files, uploading, via, viaGone, newer, sawNewer, sendable, attach, attachInline, asideOf, endAside, detach, useArticle, mention, send, sendLater, wrote, strokes }
}

function answerSubject(subject: string | null | undefined): string {
  if (!subject) return ''
  return /^(re|回复|答复)[:：]/iu.test(subject) ? subject : `Re: ${subject}`
}
