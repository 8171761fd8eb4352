/** Shapes of callbacks (hub/agent_console/callbacks.py). Times are ISO 8601 UTC, durations seconds. */
import type { ContactState } from './types'

export type CallbackKind = 'kept_place' | 'scheduled' | 'voicemail' | 'abandoned'
export type CallbackState = 'waiting' | 'queued' | 'dialling' | 'done' | 'given_up' | 'cancelled' | 'dropped'

/** What a contact says of the callback it is an attempt of. */
export interface CallbackBrief {
  id: string
  kind: CallbackKind
  number: string
  attempt: number
  attempts: number
  last_at: string | null
  last_outcome: string | null
  last_reason: string | null
  /** The talk in which it was asked for, or that it comes from. */
  source_contact_id?: string | null
}

export interface Callback extends CallbackBrief {
  state: CallbackState
  queue_id: string
  tier: string
  customer_id: string
  customer_name: string
  contact_id: string | null
  contact_state: ContactState | null
  agent_name: string | null
  failed: number
  waited_s: number
  made_at: string
  made_by_name: string | null
  asked_for_at: string | null
  next_at: string | null
  finished_at: string | null
  note: string | null
  version: number
}
