import { http, query } from './http'
import type { Commitment, Label, Page } from './types'

export type CommitmentState = 'open' | 'kept' | 'broken' | 'withdrawn'

/** Where it was promised; null where there is no contact, or one that the reader does not see. */
export interface CommitmentSource {
  contact_id: string
  reference: string
  channel: string
  interaction_id: string | null
  author_name: string | null
  text: string | null
  at: string | null
}

export interface CommitmentRow extends Omit<Commitment, 'state'> {
  state: CommitmentState
  outcome: string | null
  finished_at: string | null
  version: number
  owner_kind: 'user' | 'team'
  owner_zh: string | null
  owner_en: string | null
  taken_by: string | null
  taken_by_name: string | null
  asked_by: string | null
  asked_by_name: string | null
  made_by: string | null
  made_by_name: string | null
  remind_at: string | null
  broken_at: string | null
  escalated_at: string | null
  tell_customer: 'no' | 'done' | 'late'
  told_customer_at: string | null
  detected: boolean
  product_id: string | null
  product_name: string | null
  price_minor: number | null
  currency: string | null
  valid_until: string | null
  window_from: string | null
  window_until: string | null
  skill_id: string | null
  returned_reason: string | null
  in_conflict: boolean
  source: CommitmentSource | null
}

export interface CommitmentEntry {
  seq: number
  kind: string
  text: string
  author_id: string | null
  author_name: string
  at: string
  before: Record<string, string | number | null>
}

export interface CommitmentDetail {
  commitment: CommitmentRow
  address: { kind: string; value: string } | null
  entries: CommitmentEntry[]
  may_finish: boolean
}

export interface QuoteConflict {
  id: string
  kind: string
  found_at: string
  one: CommitmentRow
  other: CommitmentRow
}

/** A price that a customer was told; `holds`: not withdrawn, and its last day is not over. */
export interface QuotedPrice {
  id: string
  product_id: string | null
  product_name: string | null
  text: string
  price_minor: number
  currency: string
  valid_until: string | null
  made_at: string
  made_by_name: string | null
  owner_name: string | null
  state: string
  holds: boolean
}

/** `place` null: there is not enough data. Shares are 0-1. */
export interface RankedPerson {
  user_id: string
  name: string
  place: number | null
  share: number | null
  low: number | null
  high: number | null
  results: number
  promised: number
  kept: number
  asked: number
  satisfied: number
  grade: number
  busy: boolean
  open: number
}

export interface Owners {
  teams: { id: string; zh: string; en: string }[]
  people: { id: string; name: string; role: string }[]
}

/** Who comes to customers and what they can do: grades 1-5 by skill. */
export interface Specialists {
  skills: Label[]
  people: { user_id: string; name: string; disabled: boolean; skills: Record<string, number> }[]
}

/** A product as far as a quote needs it: its list price in minor units, where one is known. */
export interface ProductChoice {
  id: string
  external_id: string
  name: string
  list_minor: number | null
  currency: string | null
  retired: boolean
}

export interface CommitmentFilter {
  owner: string
  kind: string
  state: string
  overdue: boolean
  asked: '' | 'me'
}

export interface NewCommitment {
  kind: string
  text: string
  due_at?: string
  owner_id?: string
  owner_team?: string
  source_interaction_id?: string
  tell_customer?: string
  product_id?: string
  product_name?: string
  price_minor?: number
  currency?: string
  valid_until?: string
  window_from?: string
  window_until?: string
  skill_id?: string
}

export interface CommitmentPatch {
  state?: 'withdrawn'
  outcome?: string
  due_at?: string
  visit?: { window_from: string; window_until: string; skill_id: string | null }
}

export const COMMITMENT_KINDS = ['callback', 'visit', 'repair', 'quote', 'recovery', 'other'] as const
export const COMMITMENTS_PAGE = 50

const at = (id: string, act = ''): string => `/commitments/${encodeURIComponent(id)}${act}`

export const findCommitments = (filter: CommitmentFilter, after: string | null, limit: number): Promise<Page<CommitmentRow>> =>
  http.get<Page<CommitmentRow>>(`/commitments${query({ ...filter, overdue: filter.overdue ? 'true' : undefined, after, limit })}`)
export const getCommitment = (id: string): Promise<CommitmentDetail> => http.get<CommitmentDetail>(at(id))
export const commentOn = (id: string, text: string): Promise<CommitmentDetail> => http.post<CommitmentDetail>(at(id, '/comments'), { text })
export const takeCommitment = (id: string): Promise<CommitmentDetail> => http.post<CommitmentDetail>(at(id, '/take'))
export const finishCommitment = (id: string, outcome: string): Promise<CommitmentDetail> => http.post<CommitmentDetail>(at(id, '/done'), { outcome })
export const returnCommitment = (id: string, reason: string): Promise<void> => http.post<void>(at(id, '/return'), { reason })
export const handOver = (id: string, body: { owner_id?: string; owner_team?: string; text: string }): Promise<void> => http.post<void>(at(id, '/hand-over'), body)
export const changeCommitment = (id: string, body: CommitmentPatch): Promise<CommitmentRow> => http.patch<CommitmentRow>(at(id), body)
export const revealAddress = (id: string): Promise<{ value: string }> => http.post<{ value: string }>(at(id, '/reveal'))
export const peopleFor = (id: string): Promise<RankedPerson[]> => http.get<RankedPerson[]>(at(id, '/people'))
export const technicians = (asked: { skill: string; window_from?: string; window_until?: string }): Promise<RankedPerson[]> =>
  http.get<RankedPerson[]>(`/commitments/people${query(asked)}`)
export const listOwners = (): Promise<Owners> => http.get<Owners>('/commitments/owners')
export const listConflicts = (after: string | null): Promise<Page<QuoteConflict>> => http.get<Page<QuoteConflict>>(`/commitments/conflicts${query({ after })}`)
export const decideConflict = (id: string, stands: string | null, reason: string): Promise<void> =>
  http.post<void>(`/commitments/conflicts/${encodeURIComponent(id)}/decide`, { stands, reason })
export const promiseInContact = (contactId: string, body: NewCommitment): Promise<CommitmentRow> => http.post<CommitmentRow>(`/contacts/${contactId}/commitments`, body)
export const promiseCustomer = (customerId: string, body: NewCommitment): Promise<CommitmentRow> => http.post<CommitmentRow>(`/customers/${customerId}/commitments`, body)
export const findProducts = (q: string): Promise<Page<ProductChoice>> => http.get<Page<ProductChoice>>(`/products${query({ q, limit: 20 })}`)
export const listSpecialists = (): Promise<Specialists> => http.get<Specialists>('/specialists')
export const setSkills = (userId: string, skills: Record<string, number>): Promise<Specialists> =>
  http.put<Specialists>(`/specialists/${encodeURIComponent(userId)}/skills`, { skills })
export const listQuoted = (customerId: string): Promise<QuotedPrice[]> => http.get<QuotedPrice[]>(`/customers/${customerId}/quotes`)
