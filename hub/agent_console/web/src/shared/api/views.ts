import { http, query } from './http'
import type { ContactRow, ContactState, DispositionBody, FoundEntry, Page } from './types'

export type ViewOrder = 'due' | 'newest' | 'oldest' | 'urgency'

/** Which contacts, and in what order (hub/agent_console/views/model.py). What is left out asks nothing. */
export interface ViewFilter {
  states?: ContactState[]
  channels?: string[]
  queues?: string[]
  teams?: string[]
  tiers?: string[]
  agent?: string
  least_priority?: number
  due_within_s?: number | null
  opened_within_s?: number | null
  opened_after?: string | null
  opened_before?: string | null
  languages?: string[]
  reasons?: string[]
  tags?: string[]
  unanswered?: boolean
  attachment?: boolean
  customer?: string
  words?: string
  phrase?: string
  order?: ViewOrder
}

export interface SavedView {
  id: string
  built_in: boolean
  name: string
  filter: ViewFilter
  team_id: string | null
  may_edit: boolean
  version: number
}

export interface TeamLabel {
  id: string
  zh: string
  en: string
  may_share: boolean
}

export interface ViewCount {
  id: string
  count: number
  more: boolean
}

export type BulkAct =
  | { act: 'assign'; agent_id: string }
  | { act: 'queue'; queue_id: string }
  | { act: 'priority'; by?: number; to?: number }
  | { act: 'park'; until?: string | null }
  | { act: 'resume' }
  | { act: 'close'; disposition: DispositionBody | null }
  | { act: 'spam' }
  | { act: 'no_spam' }
  | { act: 'tags'; add: string[]; remove: string[] }

/** How a contact stood before an act: what an undo needs. `added`, `removed`: the tags the act put on and took off. */
export interface Before {
  contact_id: string
  queue_id: string
  agent_id: string | null
  priority: number
  state: ContactState
  added: string[]
  removed: string[]
}

export interface BulkAnswer {
  done: Before[]
  refused: { contact_id: string; code: string; message: string; who: string | null }[]
}

export const listViews = (): Promise<{ views: SavedView[]; teams: TeamLabel[] }> => http.get('/views')
export const addView = (body: { name: string; filter: ViewFilter; team_id: string | null }): Promise<SavedView> => http.post('/views', body)
export const saveView = (id: string, body: { name: string; filter: ViewFilter; team_id: string | null; version: number }): Promise<SavedView> => http.put(`/views/${id}`, body)
export const removeView = (id: string): Promise<unknown> => http.delete(`/views/${id}`)
export const orderViews = (ids: string[]): Promise<unknown> => http.put('/me/view-order', { ids })
export const countViews = (ids: string[]): Promise<Page<ViewCount>> => http.get(`/view-counts${query({ id: ids })}`)
export const findContacts = (filter: ViewFilter, after: string | null, limit: number): Promise<Page<ContactRow>> => http.post('/contacts/find', { filter, after: after ?? '', limit })
export const readRows = (ids: string[]): Promise<Page<ContactRow>> => http.get(`/contact-rows${query({ id: ids })}`)
export const findSaid = (filter: ViewFilter, after: string | null, limit: number): Promise<Page<FoundEntry>> => http.post('/interactions/find', { filter, after: after ?? '', limit })
export const doWithMany = (contact_ids: string[], act: BulkAct): Promise<BulkAnswer> => http.post('/contacts/bulk', { contact_ids, do: act })
