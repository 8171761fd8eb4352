import { defineStore } from 'pinia'
import { ref } from 'vue'

import type { FileView, Mentioned } from '@/shared/api/types'
import { readStored, writeStored } from '@/shared/lib/stored'
import { useSession } from './session'

/**
 * What was begun for one contact and not sent: text of both kinds, files, recipients, articles used.
 * `replyHtml` is the formatted reply, `reply` then the same as text; null: the reply is plain.
 * `begunAtSeq`: the customer's last message when the text was begun. `version` and `print`: number and mark of
 * the hub's draft when both were the same; `seen`: the newest number looked at. `by`: who wrote it.
 */
export interface Draft {
  mode: 'reply' | 'note'
  reply: string
  replyHtml: string | null
  note: string
  /** Whom the note was begun to mention; those whose name is still in it are. */
  mentions: Mentioned[]
  /** The conversation it answers on, of those merged into the contact; '': the contact's own. Whom it goes to is of there. */
  via: string
  subject: string | null
  to: string[] | null
  cc: string[] | null
  bcc: string[]
  files: FileView[]
  articleIds: string[]
  begunAtSeq: number | null
  /** The entry that is forwarded, or answered aside; null: the customer is answered. */
  asideOf: string | null
  version: number
  seen: number
  print: string
  by: string | null
  savedAt: number
}

const KEEP_MS = 14 * 86_400_000
const KEY = 'drafts'
const MOST_EMPTY = 100

export function emptyDraft(): Draft {
  return { mode: 'reply', reply: '', replyHtml: null, note: '', mentions: [], via: '', subject: null, to: null, cc: null, bcc: [], files: [], articleIds: [], begunAtSeq: null, asideOf: null, version: 0, seen: 0, print: '', by: null, savedAt: 0 }
}

/** A picture of the words says nothing without them. */
const holdsSomething = (draft: Draft): boolean =>
  draft.reply.trim() !== '' || draft.note.trim() !== '' || draft.files.some((file) => !file.content_id) || draft.asideOf !== null

const worthKeeping = (draft: Draft): boolean => holdsSomething(draft) || draft.print !== ''

/** Drafts by contact, kept in this browser: they survive a reload, a lost line and a change of page. Each is its writer's alone. */
export const useDrafts = defineStore('drafts', () => {
  const session = useSession()
  const all = ref<Record<string, Draft>>(recent(readStored<Record<string, Draft>>(KEY, {})))
  const stored = ref(true)
  let timer: number | undefined

  function recent(drafts: Record<string, Draft>): Record<string, Draft> {
    const since = Date.now() - KEEP_MS
    const kept = Object.entries(drafts).filter(([, draft]) => draft.savedAt > since)
    return Object.fromEntries(kept.map(([id, draft]) => [id, { ...emptyDraft(), ...draft }])) // written by an older console
  }

  function of(contactId: string): Draft {
    const draft = all.value[contactId]
    return draft && (draft.by === null || draft.by === session.me?.id) ? draft : emptyDraft()
  }

  function save(contactId: string, part: Partial<Draft>): void {
    all.value[contactId] = { ...of(contactId), ...part, by: session.me?.id ?? null, savedAt: Date.now() }
    window.clearTimeout(timer)
    timer = window.setTimeout(write, 250)
  }

  /** Keep what is here, and what another page of this browser wrote later. Of empty ones the last few are remembered. */
  function write(): void {
    const empty = Object.keys(all.value).filter((id) => !worthKeeping(all.value[id]!))
    for (const id of empty.slice(0, -MOST_EMPTY)) delete all.value[id]
    const newest = { ...all.value }
    for (const [id, draft] of Object.entries(recent(readStored<Record<string, Draft>>(KEY, {}))))
      if (draft.savedAt > (newest[id]?.savedAt ?? 0)) newest[id] = draft
    stored.value = writeStored(KEY, Object.fromEntries(Object.entries(newest).filter(([, draft]) => worthKeeping(draft))))
  }

  window.addEventListener('pagehide', write) // a reload may come before the timer

  function drop(contactId: string): void {
    delete all.value[contactId] // to the end: the last dropped is the last to be forgotten
    all.value[contactId] = { ...emptyDraft(), savedAt: Date.now() }
    write()
  }

  const has = (contactId: string): boolean => holdsSomething(of(contactId))

  return { all, stored, of, save, write, drop, has }
})
