import type { Callback } from './callback_types'
import { http } from './http'
import type { ContactRow } from './types'

/** What waits besides the contacts in hand (hub/agent_console/to_do.py). Times are ISO 8601 UTC, durations seconds. */
export interface ToDoCounts {
  /** 100: that many or more. */
  callbacks: number
  missed: number
}

export interface CallbackToDo {
  callback: Callback
  identity_id: string
  /** From then on the customer may not be called any more; null: without an end. */
  call_until: string | null
}

export interface Later {
  how: 'taken' | 'answered' | 'waiting' | 'callback' | 'closed'
  at: string
  by_name: string | null
  contact_id: string | null
}

export interface Missed {
  contact: ContactRow
  /** It rang here. */
  offered: boolean
  at: string
  waited_s: number
  /** A number of theirs that can be called. */
  identity_id: string | null
  /** Null: nobody has taken it up. */
  later: Later | null
}

interface Some<T> {
  items: T[]
  /** There are others. */
  more: boolean
}

export const getToDoCounts = (): Promise<ToDoCounts> => http.get<ToDoCounts>('/me/to-do')
export const listCallbacksToDo = (): Promise<Some<CallbackToDo>> => http.get<Some<CallbackToDo>>('/me/to-do/callbacks')
export const listMissed = (): Promise<Some<Missed>> => http.get<Some<Missed>>('/me/to-do/missed')
