import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import * as api from '@/shared/api/desk'
import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import type { ContactRow, DispositionBody } from '@/shared/api/types'
import { readStored, writeStored } from '@/shared/lib/stored'
import { useDrafts } from './drafts'
import { useOutbox } from './outbox'
import { useSession } from './session'
import { useToasts } from './toasts'

/** What can wait for the hub: not what is of the moment, as holding a call. */
export type Deed = 'close' | 'park' | 'transfer'

/** An act of the agent that the hub has not answered. Kept over a reload; done in order once it can be reached. */
export interface Act {
  deed: Deed
  contactId: string
  reference: string
  userId: string
  body: object
  /** What was begun to write there is not wanted any more once it is done. */
  endsDraft?: boolean | undefined
  /** What the agent is told when it is done. */
  said: string
}

const KEY = 'queued'
const REFUSED = 'refused'
const REFUSED_KEPT = 20
const AGAIN_MS = 4_000

/** It was done already, and only its answer was lost. */
const DONE: Record<Deed, (row: ContactRow, userId: string) => boolean> = {
  close: (row) => row.closing === true || row.state === 'closed' || row.state === 'abandoned',
  park: (row) => row.state === 'parked',
  transfer: (row, userId) => row.agent_id !== userId,
}

export const useQueued = defineStore('queued', () => {
  const session = useSession()
  const outbox = useOutbox()
  const toasts = useToasts()
  const drafts = useDrafts()
  const items = ref<Act[]>(readStored<Act[]>(KEY, []))
  /** Closes that the hub would not do later: what was said with them is not asked for again. */
  const refused = ref<Act[]>(readStored<Act[]>(REFUSED, []))
  const waiting = computed(() => items.value.filter(mine).length)
  let running = false
  let timer: number | undefined

  watch(items, (value) => writeStored(KEY, value.length ? value : undefined))
  watch(refused, (value) => writeStored(REFUSED, value.length ? value : undefined))

  /** Another user of this browser does not do what this one wanted. */
  function mine(act: Act): boolean {
    return act.userId === session.me?.id
  }

  /** It takes the place of the same act of this contact: what was said last counts. `userId`: whose it is, where they were signed out by it. */
  function add(act: Omit<Act, 'userId'>, userId = session.me?.id): void {
    if (userId === undefined) return
    const added = { ...act, userId }
    items.value = [...items.value.filter((one) => one.userId !== userId || !isSame(one, added)), added]
    again()
  }

  /** It is tried again whatever becomes of the line: a request may go unanswered while the socket lives. */
  function again(): void {
    window.clearTimeout(timer)
    if (!running) timer = window.setTimeout(() => void flush(), AGAIN_MS)
  }

  const closesOf = (contactId: string) => (one: Act) => mine(one) && one.deed === 'close' && one.contactId === contactId

  /** What this user said with closing the contact, where the hub has not taken it yet, or would not. */
  function saidOf(contactId: string): DispositionBody | null {
    const act = [...refused.value, ...items.value].findLast(closesOf(contactId))
    return (act?.body as { disposition?: DispositionBody | null } | undefined)?.disposition ?? null
  }

  /** The contact was closed otherwise. */
  function forget(contactId: string): void {
    refused.value = refused.value.filter((one) => !closesOf(contactId)(one))
  }

  /** The oldest one of each contact whose answers have left: nothing overtakes what was written before. */
  function next(): Act | undefined {
    const blocked = new Set(outbox.own.filter((one) => one.state !== 'failed' && one.state !== 'held').map((one) => one.contactId))
    return items.value.find((act) => mine(act) && !blocked.has(act.contactId))
  }

  async function flush(): Promise<void> {
    if (running) return
    running = true
    window.clearTimeout(timer)
    for (let act = next(); act; act = next()) {
      if (!(await perform(act))) break
    }
    running = false
    if (next()) again()
  }

  /** Do one and tell how it went. False: no answer again, it waits on. */
  async function perform(act: Act): Promise<boolean> {
    try {
      await api.act(act.contactId, act.deed, act.body)
      succeeded(act)
    } catch (error) {
      if (isSilence(error)) return false
      const done = await wasDone(act)
      if (done === undefined) return false
      if (done) succeeded(act)
      else failed(act, messageOf(error))
    }
    items.value = items.value.filter((one) => one !== act)
    return true
  }

  function succeeded(act: Act): void {
    toasts.done(act.said)
    if (act.endsDraft) drafts.drop(act.contactId)
    if (act.deed === 'close') forget(act.contactId)
  }

  function failed(act: Act, why: string): void {
    toasts.error(`${act.reference}: ${why}`)
    if (act.deed !== 'close') return
    forget(act.contactId)
    refused.value = [...refused.value, act].slice(-REFUSED_KEPT)
  }

  /** Undefined: the hub does not say. */
  async function wasDone(act: Act): Promise<boolean | undefined> {
    try {
      return DONE[act.deed]((await api.getContact(act.contactId)).contact, act.userId)
    } catch (error) {
      return isSilence(error) ? undefined : false
    }
  }

  return { items, waiting, add, flush, saidOf, forget }
})

const isSame = (one: Act, other: Act): boolean => one.deed === other.deed && one.contactId === other.contactId

/** No answer, or none that says what became of it; or nobody was signed in to be heard. */
export function isSilence(error: unknown): boolean {
  return error instanceof ApiError && (error.offline || error.unheard || error.status === 503)
}
