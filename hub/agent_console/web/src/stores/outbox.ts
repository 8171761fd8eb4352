import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import * as api from '@/shared/api/desk'
import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import type { FileView, ReplyBody } from '@/shared/api/types'
import { readStored, writeStored } from '@/shared/lib/stored'
import { useSession } from './session'
import { useToasts } from './toasts'

/**
 * Something the agent sent that the hub has not confirmed yet, or that it keeps for the time to take it back. Kept over
 * a reload; sent in order.
 */
export interface Outgoing {
  clientId: string
  /** Whose it is, of those who sign in with this browser; none in one of an older console: whoever is there. */
  userId?: string | undefined
  contactId: string
  conversationId: string
  kind: 'reply' | 'note'
  body: ReplyBody
  files: FileView[]
  at: string
  /** How long the hub keeps it before it goes out, to be taken back (s); 0: it goes at once. */
  undoS: number
  /** When it goes out, once the hub has it (ms). */
  goesAt: number
  /** The hub was given it once, and may have it though it did not say so. */
  tried: boolean
  /** held: the hub has it, and it can be taken back. undoing: the hub is to take it back, and has not said that it did. */
  state: 'waiting' | 'sending' | 'held' | 'undoing' | 'failed'
  problem: string
  /** While it is taken back: its words are in the draft, or the note, again. */
  returned?: boolean
}

export interface NewOutgoing {
  contactId: string
  conversationId: string
  kind: 'reply' | 'note'
  body: Omit<ReplyBody, 'client_id'>
  files: FileView[]
  undoS: number
}

/** What came of taking one back. silence, refused: it is tried again. */
type Taken = 'done' | 'silence' | 'refused' | 'gone'

const KEY = 'outbox'
const AGAIN_MS = 4_000

export const useOutbox = defineStore('outbox', () => {
  const session = useSession()
  const toasts = useToasts()
  const items = ref<Outgoing[]>(readStored<Outgoing[]>(KEY, []).map((one) => ({ ...one, state: one.state === 'sending' ? 'waiting' : one.state })))
  /** What others who use this browser sent waits for them: it is neither shown nor sent as somebody else. */
  const own = computed(() => items.value.filter((one) => (one.userId ?? session.me?.id) === session.me?.id))
  const waiting = computed(() => own.value.filter((one) => one.state === 'waiting' || one.state === 'sending').length)
  const listeners = new Map<string, () => void>()
  const underWay = new Map<string, Promise<unknown>>()
  let running = false
  let timer: number | undefined

  watch(items, (value) => writeStored(KEY, value.length ? value : undefined), { deep: true })
  for (const one of items.value) if (one.state === 'held') letGo(one)
  watch(() => session.me?.id, (id) => id !== undefined && void flush()) // signed in again: what waited goes

  const of = (conversationId: string): Outgoing[] => own.value.filter((one) => one.conversationId === conversationId)

  /** A reply to this contact is not stored yet. */
  const answers = (contactId: string): boolean => own.value.some((one) => one.contactId === contactId && one.kind === 'reply' && one.state !== 'held')

  /** The hub keeps an answer to this contact that can be taken back. */
  const holds = (contactId: string): boolean => own.value.some((one) => one.contactId === contactId && one.state === 'held')

  /** Is it shown here already, by the id it was sent under? */
  const shows = (clientId: string): boolean => own.value.some((one) => one.clientId === clientId && one.state !== 'failed')

  /** The draft that replies were made of since `began` (ms) was stored meanwhile: it goes with them under its new version. */
  function takeAlong(contactId: string, began: number, from: number, to: number): void {
    for (const one of own.value) {
      const since = one.contactId === contactId && one.kind === 'reply' && Date.parse(one.at) >= began
      if (since && one.state !== 'sending' && one.body.draft_version === from) one.body.draft_version = to
    }
  }

  function add(outgoing: NewOutgoing, whenPosted?: () => void): string {
    const clientId = crypto.randomUUID()
    items.value.push({
      ...outgoing,
      clientId,
      userId: session.me?.id,
      body: { ...outgoing.body, client_id: clientId },
      at: new Date().toISOString(),
      goesAt: 0,
      tried: false,
      state: 'waiting',
      problem: '',
    })
    if (whenPosted) listeners.set(clientId, whenPosted)
    void flush()
    return clientId
  }

  /**
   * Take it back, and return it once its words are in the draft again; undefined: it has gone out. Where the hub may
   * have it and gives no answer, it is asked until it does, over a reload, too.
   */
  async function undo(clientId: string): Promise<Outgoing | undefined> {
    const found = own.value.find((one) => one.clientId === clientId)
    if (!found || isUndone(found)) return undefined
    found.state = 'undoing'
    listeners.delete(clientId) // what was to follow it does not
    await underWay.get(clientId)
    const gone = (await alone(found, found.tried ? takeBack : putBack)) === 'gone'
    again()
    return gone ? undefined : found
  }

  /** Only that it went is final: where the hub refuses otherwise (the session is over), it is asked again. */
  async function takeBack(one: Outgoing): Promise<Taken> {
    try {
      await api.takeBack(one.clientId)
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'later.went') {
        await giveBack(one)
        return isSilence(error) ? 'silence' : 'refused'
      }
      if (one.returned) letAsk(one, messageOf(error))
      drop(one.clientId)
      toasts.error(messageOf(error))
      return 'gone'
    }
    return putBack(one)
  }

  /** It went out after all, though its words were in the draft again: an answer made since may say them once more. */
  function letAsk(gone: Outgoing, problem: string): void {
    for (const one of own.value.slice(own.value.indexOf(gone) + 1))
      if (one.contactId === gone.contactId && one.kind === 'reply' && one.state === 'waiting') Object.assign(one, { state: 'failed', problem })
  }

  /** Its words are where they came from before it is forgotten here. */
  async function putBack(one: Outgoing): Promise<Taken> {
    if (!(await giveBack(one))) return 'refused'
    drop(one.clientId)
    return 'done'
  }

  /** Once; false where the part that does it cannot be fetched at this moment. */
  async function giveBack(one: Outgoing): Promise<boolean> {
    const part = await import('@/features/words/restore').catch(() => undefined)
    if (part && !one.returned) {
      one.returned = true
      part.giveBack(one)
    }
    return one.returned ?? false
  }

  function retry(clientId: string): void {
    const found = own.value.find((one) => one.clientId === clientId)
    if (!found) return
    found.state = 'waiting'
    void flush()
  }

  function drop(clientId: string): void {
    items.value = items.value.filter((one) => one.clientId !== clientId)
    listeners.delete(clientId)
  }

  /** Nothing of this contact waits at the hub any more: it went out, or was taken back elsewhere. */
  function dropHeld(contactId: string): void {
    for (const one of own.value) if (one.contactId === contactId && one.state === 'held') drop(one.clientId)
  }

  /** Once its time is over it is the hub's to show. */
  function letGo(one: Outgoing): void {
    const over = (): void => (items.value.some((item) => item.clientId === one.clientId && item.state === 'held') ? drop(one.clientId) : undefined)
    window.setTimeout(over, Math.max(0, one.goesAt - Date.now()))
  }

  /** The next one to send: the oldest waiting of each contact, so that nothing overtakes, nor goes beside what is taken back. */
  function next(): Outgoing | undefined {
    const blocked = new Set<string>()
    for (const one of own.value) {
      if (one.state === 'held') continue
      if (one.state === 'waiting' && !blocked.has(one.contactId)) return one
      blocked.add(one.contactId)
    }
    return undefined
  }

  async function flush(): Promise<void> {
    if (running) return
    running = true
    window.clearTimeout(timer)
    let heard = true
    for (const one of own.value.filter((item) => isUndone(item) && !underWay.has(item.clientId))) heard &&= (await alone(one, takeBack)) !== 'silence'
    for (let one = next(); heard && one; one = next()) heard = await alone(one, post)
    running = false
    again()
  }

  function again(): void {
    window.clearTimeout(timer)
    if (own.value.some((one) => one.state === 'waiting' || isUndone(one))) timer = window.setTimeout(() => void flush(), AGAIN_MS)
  }

  /** One question about it at a time. */
  function alone<T>(one: Outgoing, ask: (one: Outgoing) => Promise<T>): Promise<T> {
    const answer = ask(one).finally(() => underWay.delete(one.clientId))
    underWay.set(one.clientId, answer)
    return answer
  }

  /** Post one. False: no answer, try again later with the same client id (the hub keeps it once). */
  async function post(one: Outgoing): Promise<boolean> {
    one.state = 'sending'
    one.tried = true
    const began = Date.now()
    try {
      await give(one)
      arrived(one, began)
      return true
    } catch (error) {
      const silent = isSilence(error)
      if (isUndone(one)) return !silent
      const code = error instanceof ApiError ? error.code : ''
      if (code === 'later.went' || code === 'later.taken_back') {
        drop(one.clientId) // an earlier attempt arrived
        return true
      }
      one.state = silent ? 'waiting' : 'failed'
      if (!silent) one.problem = messageOf(error)
      return !silent
    }
  }

  function arrived(one: Outgoing, began: number): void {
    if (isUndone(one)) return
    const whenPosted = listeners.get(one.clientId)
    if (one.undoS > 0) {
      listeners.delete(one.clientId)
      one.goesAt = began + one.undoS * 1_000
      one.state = 'held'
      letGo(one)
    } else drop(one.clientId)
    whenPosted?.()
  }

  /** The page is left while the hub may not have an answer yet: it is given once more, which it keeps once. */
  function leave(): void {
    for (const one of own.value) {
      if (one.kind !== 'reply' || (one.state !== 'waiting' && one.state !== 'sending')) continue
      one.tried = true
      void give(one, true).catch(() => undefined)
    }
    writeStored(KEY, items.value.length ? items.value : undefined)
  }
  window.addEventListener('pagehide', leave)

  return { items, own, waiting, of, answers, holds, shows, takeAlong, add, undo, retry, drop, dropHeld, flush }
})

function give(one: Outgoing, leaving = false): Promise<unknown> {
  if (one.kind === 'note') return api.note(one.contactId, { client_id: one.clientId, text: one.body.text, mentions: one.body.mentions ?? [] })
  return one.undoS > 0 ? api.replyUndoable(one.contactId, { ...one.body, undo_s: one.undoS }, leaving) : api.reply(one.contactId, one.body, leaving)
}

const isUndone = (one: Outgoing): boolean => one.state === 'undoing'

/** No answer, or none that says what became of it; or nobody was signed in to be heard. */
const isSilence = (error: unknown): boolean => error instanceof ApiError && (error.offline || error.unheard || error.status >= 500)
