import { http } from './http'

export interface StartedCall {
  contact_id: string
  conversation_id: string
}

/** Whom to call: a number as typed, or a customer's own number, which may be masked here. */
export interface Callee {
  number?: string
  identityId?: string
}

/** Ring my phone, then theirs. The same `key` again begins no second call. */
export const startCall = (to: Callee, entryPointId: string | null, key: string): Promise<StartedCall> =>
  http.post<StartedCall>('/contacts', {
    channel: 'phone',
    direction: 'out',
    entry_point_id: entryPointId,
    identity_id: to.identityId ?? null,
    identities: to.number ? [{ kind: 'phone', value: to.number }] : [],
    dedupe_key: key,
  })
