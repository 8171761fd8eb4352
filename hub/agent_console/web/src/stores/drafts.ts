import { defineStore } from 'pinia'
import { ref } from 'vue'

import type { FileView } from '@/shared/api/types'
import { readStored, writeStored } from '@/shared/lib/stored'

/**
 * What was begun for one contact and not sent: text of both kinds, files, recipients, articles used.
 * `replyHtml` is the formatted reply, `reply` then the same as text; null: the reply is plain.
 * `begunAtSeq`: the customer's last message when the text was begun.
 */
export interface Draft {
  mode: 'reply' | 'note'
  reply: string
  replyHtml: string | null
  note: string
  subject: string | null
  to: string[] | null
  cc: string[] | null
  bcc: string[]
  files: FileView[]
  articleIds: string[]
  begunAtSeq: number | null
  savedAt: number
}

const KEEP_MS = 14 * 86_400_000
const KEY = 'drafts'

export function emptyDraft(): Draft {
  return { mode: 'reply', reply: '', replyHtml: null, note: '', subject: null, to: null, cc: null, bcc: [], files: [], articleIds: [], begunAtSeq: null, savedAt: 0 }
}

const holdsSomething = (draft: Draft): boolean =>
  draft.reply.trim() !== '' || draft.note.trim() !== '' || draft.files.length > 0

/** Drafts by contact, kept in this browser: they survive a reload, a lost line and a change of page. */
export const useDrafts = defineStore('drafts', () => {
  const all = ref<Record<string, Draft>>(recent(readStored<Record<string, Draft>>(KEY, {})))
  const stored = ref(true)
  let timer: number | undefined

  function recent(drafts: Record<string, Draft>): Record<string, Draft> {
    const since = Date.now() - KEEP_MS
    const kept = Object.entries(drafts).filter(([, draft]) => draft.savedAt > since)
    return Object.fromEntries(kept.map(([id, draft]) => [id, { ...emptyDraft(), ...draft }])) // written by an older console
  }

  function of(contactId: string): Draft {
    return all.value[contactId] ?? emptyDraft()
  }

  function save(contactId: string, part: Partial<Draft>): void {
    all.value[contactId] = { ...of(contactId), ...part, savedAt: Date.now() }
    window.clearTimeout(timer)
    timer = window.setTimeout(write, 250)
  }

  function write(): void {
    const worthKeeping = Object.fromEntries(Object.entries(all.value).filter(([, draft]) => holdsSomething(draft)))
    stored.value = writeStored(KEY, worthKeeping)
  }

  window.addEventListener('pagehide', write) // a reload may come before the timer

  function drop(contactId: string): void {
    delete all.value[contactId]
    write()
  }

  const has = (contactId: string): boolean => {
    const draft = all.value[contactId]
    return draft !== undefined && holdsSomething(draft)
  }

  return { all, stored, of, save, write, drop, has }
})
