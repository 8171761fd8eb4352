import type { Purpose } from './consent'
import { http } from './http'

/** A call of ours: how far it is, and how it ended. */
export interface CallProgress {
  stage: 'agent' | 'dialling' | 'ringing' | 'talking' | 'ended'
  outcome: 'answered' | 'busy' | 'no_answer' | 'failed' | 'cancelled' | null
  reason: string
  detail: string
}

export interface StartedCall {
  contact_id: string
  conversation_id: string
}

/** Whom to call: a number as typed, or a customer's own number, which may be masked here. */
export interface Callee {
  number?: string
  identityId?: string
}

/** What a call is for; `overrideReason`: a supervisor lets it go out although it is refused. */
export interface WhatFor {
  purpose: Purpose
  overrideReason?: string
}

/** Ring my phone, then theirs. The same `key` again begins no second call. */
export const startCall = (to: Callee, entryPointId: string | null, key: string, whatFor: WhatFor = { purpose: 'service' }): Promise<StartedCall> =>
  http.post<StartedCall>('/contacts', {
    channel: 'phone',
    direction: 'out',
    entry_point_id: entryPointId,
    identity_id: to.identityId ?? null,
    identities: to.number ? [{ kind: 'phone', value: to.number }] : [],
    dedupe_key: key,
    purpose: whatFor.purpose,
    override_reason: whatFor.overrideReason || null,
  })
