import { http, query } from './http'
import type { ContactRow, Page } from './types'

/** A contact that another can be merged with. */
export interface Candidate {
  contact: ContactRow
  same_customer: boolean
  may_keep: boolean
  may_merge: boolean
}

export type LinkKind = 'related' | 'duplicate_of' | 'follow_up_of'

/** `contact` null: one that we may not see. */
export interface ContactLink {
  id: string
  kind: LinkKind | 'has_duplicate' | 'followed_up_by'
  contact: ContactRow | null
  by_name: string
}

export interface SplitLine {
  split_id: string
  off: boolean
  contact: ContactRow | null
  by_name: string
}

/** A question to a colleague or a queue about a contact. */
export interface Asked {
  id: string
  contact: ContactRow | null
  words: string
  by_name: string
  agent_name: string | null
  queue_id: string | null
  at: string
  state: 'open' | 'done' | 'taken_over' | 'withdrawn' | 'ended'
  ended_by_name: string | null
  mine: boolean
  to_me: boolean
}

export interface Joined {
  links: ContactLink[]
  splits: SplitLine[]
  asked: Asked[]
}

export interface Merge {
  merge_id: string
  kept_id: string
  merged_id: string
}

/** `kept`: codes of what could not be put back. */
export interface Unmerged {
  kept_id: string
  contact_id: string
  state: string
  kept: string[]
}

export const listCandidates = (id: string, q: string): Promise<Page<Candidate>> =>
  http.get<Page<Candidate>>(`/contacts/${id}/merge-candidates${query({ q })}`)
export const mergeContacts = (id: string, body: { other_id: string; keep: 'this' | 'other'; other_customer: boolean }): Promise<Merge> =>
  http.post<Merge>(`/contacts/${id}/merge`, body)
export const undoMerge = (mergeId: string): Promise<Unmerged> => http.delete<Unmerged>(`/merges/${mergeId}`)
export const getJoined = (id: string): Promise<Joined> => http.get<Joined>(`/contacts/${id}/joined`)
export const linkContacts = (id: string, body: { kind: LinkKind; contact_id?: string; reference?: string }): Promise<ContactLink> =>
  http.post<ContactLink>(`/contacts/${id}/links`, body)
export const unlinkContacts = (id: string, linkId: string): Promise<unknown> => http.delete(`/contacts/${id}/links/${linkId}`)
export interface SplitBody {
  entry_ids: string[]
  subject: string | null
  queue_id: string | null
  take: boolean
}
export const splitContact = (id: string, body: SplitBody): Promise<{ split_id: string; contact_id: string }> => http.post(`/contacts/${id}/split`, body)
export const undoSplit = (splitId: string): Promise<unknown> => http.delete(`/splits/${splitId}`)
export const listAsked = (): Promise<Page<Asked>> => http.get<Page<Asked>>('/me/consults')
export const ask = (id: string, body: { words: string; agent_id?: string; queue_id?: string }): Promise<{ id: string }> =>
  http.post(`/contacts/${id}/consults`, body)
export const answerAsked = (id: string, words: string): Promise<unknown> => http.post(`/consults/${id}/done`, { words })
export const withdrawAsked = (id: string): Promise<unknown> => http.post(`/consults/${id}/withdraw`)
export const takeOver = (id: string): Promise<{ contact_id: string; connects: boolean }> => http.post(`/consults/${id}/take-over`)
