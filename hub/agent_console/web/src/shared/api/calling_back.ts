import type { CallProgress, StartedCall } from './calls'
import { http } from './http'

/** A call that was made from a spoken message, as its entry keeps it; no outcome while it goes on. */
export interface MessageCall {
  contact_id: string
  at: string
  by_name: string
  outcome: CallProgress['outcome']
  reason: string
}

/**
 * Ring my phone, then that of who left the message. `number` where they withheld theirs. The same
 * `key` again begins no second call.
 */
export const callBackMessage = (entryId: string, key: string, number = ''): Promise<StartedCall> =>
  http.post<StartedCall>(`/interactions/${encodeURIComponent(entryId)}/call-back`, { dedupe_key: key, number })
