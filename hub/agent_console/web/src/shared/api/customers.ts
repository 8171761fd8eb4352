import { http, query } from './http'
import type { Commitment, ContactRow, Interaction, Page } from './types'

export interface IdentityView {
  id: string
  kind: 'email' | 'phone' | 'fax' | 'visitor' | 'external' | 'record'
  value: string
  masked: boolean
  label: string | null
  status: string
  verified: boolean
  origin: string | null
  since: string
}

export interface CustomerRow {
  id: string
  kind: string
  name: string | null
  tier: string
  language: string | null
  addresses: IdentityView[]
  created_at: string
}

export interface Fact {
  id: string
  kind: string
  text: string
  source: string
  contact_id: string | null
  learned_at: string
  learned_by: string | null
  expires_at: string | null
  current: boolean
  licence: string | null
  url: string | null
  competitor_id: string | null
}

export interface CustomerNote {
  id: string
  text: string
  pinned: boolean
  author_id: string
  author_name: string
  created_at: string
}

export interface RoleView {
  id: string
  customer_id: string
  name: string | null
  role: string
  decides: boolean
}

export interface Customer {
  id: string
  kind: string
  name: string | null
  language: string | null
  tier: string
  tier_detail: { tier: string; source: string | null; reason: string | null; since: string; expires_at: string | null; own?: string | null }
  owner_id: string | null
  /** The team they belong to; null: everybody's. */
  branch_id: string | null
  source: string
  merged_into_id: string | null
  identities: IdentityView[]
  facts: Fact[]
  notes: CustomerNote[]
  persons: RoleView[]
  organisations: RoleView[]
  claims: { id: string; customer_id: string; name: string | null; identity: IdentityView; claimed_at: string }[]
  created_at: string
  updated_at: string
  version: number
}

export interface CustomerPatch {
  name?: string
  language?: string | null
  branch_id?: string
  tier?: string
  tier_reason?: string
  version?: number
}

export const findCustomers = (q: string, after: string | null = null, limit = 50): Promise<Page<CustomerRow>> =>
  http.get<Page<CustomerRow>>(`/customers${query({ q, after, limit })}`)
export const getCustomer = (id: string): Promise<Customer> => http.get<Customer>(`/customers/${id}`)
export const addCustomer = (body: {
  name: string
  language: string | null
  identities: { kind: string; value: string }[]
}): Promise<Customer> => http.post<Customer>('/customers', body)
export const patchCustomer = (id: string, body: CustomerPatch): Promise<Customer> =>
  http.patch<Customer>(`/customers/${id}`, body)
export const addIdentity = (id: string, body: { kind: string; value: string }): Promise<unknown> =>
  http.post(`/customers/${id}/identities`, body)
export const removeIdentity = (id: string, identityId: string): Promise<void> =>
  http.delete<void>(`/customers/${id}/identities/${identityId}`)
export const revealIdentity = (id: string, identityId: string): Promise<{ value: string }> =>
  http.post<{ value: string }>(`/customers/${id}/identities/${identityId}/reveal`)
export const addFact = (id: string, body: { kind: string; text: string; contact_id?: string | null }): Promise<unknown> =>
  http.post(`/customers/${id}/facts`, body)
export const withdrawFact = (id: string, factId: string): Promise<void> =>
  http.delete<void>(`/customers/${id}/facts/${factId}`)
export const addNote = (id: string, text: string): Promise<unknown> => http.post(`/customers/${id}/notes`, { text })
/** What of a timeline is wanted: of one channel, from and until a time (ISO 8601), with words. */
export interface TimelineOnly {
  channel?: string
  since?: string
  until?: string
  q?: string
}
export const listTimeline = (id: string, only: TimelineOnly = {}, after: string | null = null, limit = 50): Promise<Page<Interaction>> =>
  http.get<Page<Interaction>>(`/customers/${id}/timeline${query({ ...only, after, limit })}`)

/** One thing that another source tells, in that source's own words; money in minor units. */
export interface StreamItem {
  id: string
  at: string
  source: 'order' | 'case' | 'fact' | 'answer' | 'tier'
  kind: string | null
  text: string | null
  state: string | null
  origin: string | null
  contact_id: string | null
  amount_minor: number | null
  currency: string | null
  decimals: number | null
  score: number | null
  before: string | null
}
/** What passed between us, or what another source tells: one of the two. */
export interface StreamEntry {
  entry: Interaction | null
  item: StreamItem | null
}
export interface StreamOnly {
  source?: string
  since?: string
  until?: string
}
export const listStream = (id: string, only: StreamOnly = {}, after: string | null = null, limit = 50): Promise<Page<StreamEntry>> =>
  http.get<Page<StreamEntry>>(`/customers/${id}/stream${query({ ...only, after, limit })}`)
export const logEntry = (
  id: string,
  body: { kind: string; direction: string; text: string; at: string; client_id: string },
): Promise<unknown> => http.post(`/customers/${id}/entries`, body)
export const listCustomerContacts = (id: string, filter: { unanswered?: boolean; after?: string | null; limit?: number } = {}): Promise<Page<ContactRow>> =>
  http.get<Page<ContactRow>>(`/customers/${id}/contacts${query({ ...filter, unanswered: filter.unanswered ? 'true' : undefined })}`)
export const listCommitments = (id: string): Promise<Page<Commitment>> =>
  http.get<Page<Commitment>>(`/customers/${id}/commitments`)
export const keepCommitment = (id: string): Promise<unknown> => http.patch(`/commitments/${id}`, { state: 'kept' })

/** What a customer is called: their name, else the first address, else the given words. */
export function nameOf(customer: { name: string | null }, otherwise: string): string {
  return customer.name?.trim() || otherwise
}
