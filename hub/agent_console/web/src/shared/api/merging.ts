import type { Customer, CustomerRow, IdentityView } from './customers'
import { http, query } from './http'
import type { Page } from './types'

/** One merge or split around a customer; `undone_at` null: it counts. */
export interface MergeEntry {
  id: string
  kind: 'merge' | 'split'
  from_id: string
  from_name: string | null
  into_id: string
  into_name: string | null
  addresses: IdentityView[]
  at: string
  by: string | null
  reason: string
  undone_at: string | null
  undone_by: string | null
}

/** Two records that may be the same customer. */
export interface ConflictEntry {
  id: string
  kind: string
  score: number
  found_at: string
  identity: IdentityView | null
  one: CustomerRow
  other: CustomerRow
}

/** A record that may be the same customer; `score` 50 to 100. */
export interface Candidate {
  customer: CustomerRow
  score: number
  reasons: ('same_name' | 'same_in_pinyin' | 'like_name' | 'same_organisation' | 'same_number_end' | 'same_mailbox_name')[]
}

export type Decision = { decision: 'merged'; keep_id: string } | { decision: 'apart' | 'shared' }

export const mergeCustomers = (fromId: string, intoId: string, reason: string): Promise<Customer> =>
  http.post<Customer>(`/customers/${fromId}/merge`, { into_id: intoId, reason })
export const unmergeCustomer = (id: string): Promise<Customer> => http.post<Customer>(`/customers/${id}/unmerge`)
export const splitCustomer = (
  id: string,
  body: { identity_ids: string[]; reason: string; to_id: string | null; name: string | null },
): Promise<Customer> => http.post<Customer>(`/customers/${id}/split`, body)
export const undoSplit = (operationId: string): Promise<unknown> => http.post(`/splits/${operationId}/undo`)
/** Which of those who use a contact's address it was, or somebody new. */
export const chooseCustomer = (contactId: string, who: { customer_id: string } | { name: string }): Promise<unknown> =>
  http.post(`/contacts/${contactId}/customer`, who)
export const listMerges = (id: string): Promise<Page<MergeEntry>> => http.get<Page<MergeEntry>>(`/customers/${id}/merges`)
export const listCandidates = (id: string): Promise<Page<Candidate>> => http.get<Page<Candidate>>(`/customers/${id}/candidates`)
export const listConflicts = (after: string | null = null, limit = 20): Promise<Page<ConflictEntry>> =>
  http.get<Page<ConflictEntry>>(`/conflicts${query({ after, limit })}`)
export const decideConflict = (id: string, decision: Decision): Promise<unknown> => http.post(`/conflicts/${id}/decide`, decision)
