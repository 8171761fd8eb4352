import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import * as api from '@/shared/api/desk'
import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import type { ContactRow } from '@/shared/api/types'
import { readStored, writeStored } from '@/shared/lib/stored'
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
  /** What the agent is told when it is done. */
  said: string
}

const KEY = 'queued'
const AGAIN_MS = 4_000

/** It was done already, and only its answer was lost. */
const DONE: Record<Deed, (row: ContactRow, userId: string) => boolean> = {
  close: (row) => row.state === 'closed' || row.state === 'abandoned',
  park: (row) => row.state === 'parked',
  transfer: (row, userId) => row.agent_id !== userId,
}

export const useQueued = defineStore('queued', () => {
  const session = useSession()
  const outbox = useOutbox()
  const toasts = useToasts()
  const items = ref<Act[]>(readStored<Act[]>(KEY, []))
  const waiting = computed(() => items.value.filter(mine).length)
  let running = false
  let timer: number | undefined

  watch(items, (value) => writeStored(KEY, value.length ? value : undefined))

  /** Another user of this browser does not do what this one wanted. */
  function mine(act: Act): boolean {
    return act.userId === session.me?.id
  }

  function add(act: Omit<Act, 'userId'>): void {
    if (session.me) items.value = [...items.value, { ...act, userId: session.me.id }]
  }

  /** The oldest one of each contact whose answers have left: nothing overtakes what was written before. */
  function next(): Act | undefined {
    const blocked = new Set(outbox.items.filter((one) => one.state !== 'failed').map((one) => one.contactId))
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
    if (next()) timer = window.setTimeout(() => void flush(), AGAIN_MS)
  }

  /** Do one and tell how it went. False: no answer again, it waits on. */
  async function perform(act: Act): Promise<boolean> {
    try {
      await api.act(act.contactId, act.deed, act.body)
      toasts.done(act.said)
    } catch (error) {
      if (isSilence(error)) return false
      const done = await wasDone(act)
      if (done === undefined) return false
      if (done) toasts.done(act.said)
      else toasts.error(`${act.reference}: ${messageOf(error)}`)
    }
    items.value = items.value.filter((one) => one !== act)
    return true
  }

  /** Undefined: the hub does not say. */
  async function wasDone(act: Act): Promise<boolean | undefined> {
    try {
      return DONE[act.deed]((await api.getContact(act.contactId)).contact, act.userId)
    } catch (error) {
      return isSilence(error) ? undefined : false
    }
  }

  return { items, waiting, add, flush }
})

/** No answer, or none that says what became of it. */
export function isSilence(error: unknown): boolean {
  return error instanceof ApiError && (error.offline || error.status === 503)
}
