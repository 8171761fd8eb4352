import { http, query } from './http'
import type { Callee } from './calls'
import type { Callback, CallbackKind, CallbackState } from './callback_types'
import type { Page } from './types'

export interface CallbackFilter {
  state: CallbackState | 'open' | 'all'
  kind: CallbackKind | ''
  queue: string
}

/** How many callbacks one answer has, and at most can have. */
export const CALLBACKS_PAGE = 50
export const CALLBACKS_MOST = 200

export const listCallbacks = (filter: CallbackFilter, after: string | null, limit = CALLBACKS_PAGE): Promise<Page<Callback>> =>
  http.get<Page<Callback>>(`/callbacks${query({ state: filter.state, kind: filter.kind || null, queue: filter.queue || null, after, limit })}`)
export const rescheduleCallback = (id: string, at: string): Promise<Callback> => http.post<Callback>(`/callbacks/${id}/reschedule`, { at })
export const cancelCallback = (id: string): Promise<Callback> => http.post<Callback>(`/callbacks/${id}/cancel`)

/** The queue calls at an agreed time, whoever is free then. */
export const scheduleCallback = (to: Callee, entryPointId: string | null, at: string): Promise<Callback> =>
  http.post<Callback>('/callbacks', {
    at,
    entry_point_id: entryPointId,
    identity_id: to.identityId ?? null,
    identities: to.number ? [{ kind: 'phone', value: to.number }] : [],
  })
