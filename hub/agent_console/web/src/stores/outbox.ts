import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import * as api from '@/shared/api/desk'
import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import type { FileView, ReplyBody } from '@/shared/api/types'
import { readStored, writeStored } from '@/shared/lib/stored'

/** Something the agent sent that the hub has not confirmed yet. Kept over a reload; sent in order. */
export interface Outgoing {
  clientId: string
  contactId: string
  conversationId: string
  kind: 'reply' | 'note'
  body: ReplyBody
  files: FileView[]
  at: string
  /** Not before this moment (ms): the time to undo a mail. */
  notBefore: number
  state: 'waiting' | 'sending' | 'failed'
  problem: string
}

export interface NewOutgoing {
  contactId: string
  conversationId: string
  kind: 'reply' | 'note'
  body: Omit<ReplyBody, 'client_id'>
  files: FileView[]
  holdMs: number
}

const KEY = 'outbox'
const AGAIN_MS = 4_000

export const useOutbox = defineStore('outbox', () => {
  const items = ref<Outgoing[]>(readStored<Outgoing[]>(KEY, []).map((one) => ({ ...one, state: one.state === 'sending' ? 'waiting' : one.state })))
  const waiting = computed(() => items.value.filter((one) => one.state !== 'failed').length)
  const listeners = new Map<string, () => void>()
  let running = false
  let timer: number | undefined

  watch(items, (value) => writeStored(KEY, value.length ? value : undefined), { deep: true })

  const of = (conversationId: string): Outgoing[] => items.value.filter((one) => one.conversationId === conversationId)

  /** A reply to this contact is not stored yet. */
  const answers = (contactId: string): boolean => items.value.some((one) => one.contactId === contactId && one.kind === 'reply')

  /** The draft that replies were made of since `began` (ms) was stored meanwhile: it goes with them under its new version. */
  function takeAlong(contactId: string, began: number, from: number, to: number): void {
    for (const one of items.value) {
      const since = one.contactId === contactId && one.kind === 'reply' && Date.parse(one.at) >= began
      if (since && one.state !== 'sending' && one.body.draft_version === from) one.body.draft_version = to
    }
  }

  function add(outgoing: NewOutgoing, whenPosted?: () => void): string {
    const clientId = crypto.randomUUID()
    const now = Date.now()
    items.value.push({
      clientId,
      contactId: outgoing.contactId,
      conversationId: outgoing.conversationId,
      kind: outgoing.kind,
      body: { ...outgoing.body, client_id: clientId },
      files: outgoing.files,
      at: new Date(now).toISOString(),
      notBefore: now + outgoing.holdMs,
      state: 'waiting',
      problem: '',
    })
    if (whenPosted) listeners.set(clientId, whenPosted)
    void flush()
    return clientId
  }

  /** Take back what has not been sent. Returns it, so that its text can go back to the composer. */
  function undo(clientId: string): Outgoing | undefined {
    const found = items.value.find((one) => one.clientId === clientId && one.state !== 'sending')
    if (found) drop(clientId)
    return found
  }

  function retry(clientId: string): void {
    const found = items.value.find((one) => one.clientId === clientId)
    if (!found) return
    found.state = 'waiting'
    found.notBefore = 0
    void flush()
  }

  function drop(clientId: string): void {
    items.value = items.value.filter((one) => one.clientId !== clientId)
    listeners.delete(clientId)
  }

  /** The next one to send: the oldest waiting of each contact, so that nothing overtakes. */
  function next(now: number): Outgoing | undefined {
    const blocked = new Set<string>()
    for (const one of items.value) {
      if (one.state === 'waiting' && one.notBefore <= now && !blocked.has(one.contactId)) return one
      blocked.add(one.contactId)
    }
    return undefined
  }

  async function flush(): Promise<void> {
    if (running) return
    running = true
    window.clearTimeout(timer)
    for (let one = next(Date.now()); one; one = next(Date.now())) {
      if (!(await post(one))) break
    }
    running = false
    const later = items.value.filter((one) => one.state === 'waiting')
    if (later.length === 0) return
    const due = Math.min(...later.map((one) => one.notBefore)) - Date.now()
    timer = window.setTimeout(() => void flush(), due > 0 ? due : AGAIN_MS)
  }

  /** Post one. False: no answer, try again later with the same client id (the hub keeps it once). */
  async function post(one: Outgoing): Promise<boolean> {
    one.state = 'sending'
    try {
      if (one.kind === 'note') await api.note(one.contactId, { client_id: one.clientId, text: one.body.text, mentions: one.body.mentions ?? [] })
      else await api.reply(one.contactId, one.body)
      const whenPosted = listeners.get(one.clientId)
      drop(one.clientId)
      whenPosted?.()
      return true
    } catch (error) {
      const again = error instanceof ApiError && (error.offline || error.status >= 500)
      one.state = again ? 'waiting' : 'failed'
      if (!again) one.problem = messageOf(error)
      return !again
    }
  }

  /** The page is left while a mail can still be taken back: it goes now, and is not forgotten until the next visit. */
  function leave(): void {
    const now = Date.now()
    for (const one of items.value) {
      if (one.state !== 'waiting' || one.kind !== 'reply' || one.notBefore <= now) continue
      one.notBefore = 0 // nobody takes back what is under way; the next visit sends it once more, and the hub keeps it once
      void api.reply(one.contactId, one.body, true).catch(() => undefined)
    }
    writeStored(KEY, items.value.length ? items.value : undefined)
  }
  window.addEventListener('pagehide', leave)

  return { items, waiting, of, answers, takeAlong, add, undo, retry, drop, flush }
})
