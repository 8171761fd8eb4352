import { http } from './http'

export type Purpose = 'service' | 'marketing' | 'survey'

/** May an address be reached for a purpose: from `until` on where it is "later". */
export interface May {
  identity_id: string
  purpose: Purpose
  answer: 'permit' | 'later' | 'refused'
  why: string
  until: string | null
  overridable: boolean
}

export interface ConsentLine {
  id: string
  identity_id: string
  channel: string
  purpose: string
  allowed: boolean
  basis: string
  source: string
  at: string
  by: string | null
  note: string
  counts: boolean
}

export interface Consents {
  now: May[]
  said: ConsentLine[]
}

export interface Complaint {
  id: string
  contact_id: string | null
  reason: string
  source: string
  opened_at: string
  opened_by_name: string | null
  upheld: boolean | null
  outcome: string | null
  closed_at: string | null
  closed_by_name: string | null
}

export const getConsents = (customerId: string): Promise<Consents> => http.get<Consents>(`/customers/${customerId}/consents`)
export const sayConsent = (
  customerId: string,
  body: { purpose: string; allowed: boolean; note?: string; identity_id?: string | null },
): Promise<Consents> => http.put<Consents>(`/customers/${customerId}/consents`, body)
export const mayContact = (body: {
  purpose: Purpose
  channel: string
  customer_id?: string | null
  identity_id?: string | null
}): Promise<May[]> => http.post<May[]>('/outreach/check', body)
/** Everything of a customer is kept: since when, why and by whom. */
export interface LegalHold {
  reason: string
  by_name: string
  at: string
}

export const getLegalHold = (customerId: string): Promise<{ hold: LegalHold | null }> => http.get(`/customers/${customerId}/legal-hold`)
export const putLegalHold = (customerId: string, reason: string): Promise<{ hold: LegalHold | null }> => http.put(`/customers/${customerId}/legal-hold`, { reason })
export const dropLegalHold = (customerId: string): Promise<{ hold: LegalHold | null }> => http.delete(`/customers/${customerId}/legal-hold`)
export const eraseCustomer = (customerId: string): Promise<{ addresses: number; entries: number; files: number; held: number }> =>
  http.post(`/customers/${customerId}/erase`)
export const listComplaints = (customerId: string): Promise<Complaint[]> =>
  http.get<Complaint[]>(`/customers/${customerId}/complaints`)
export const openComplaint = (customerId: string, reason: string, contactId: string | null = null): Promise<Complaint[]> =>
  http.post<Complaint[]>(`/customers/${customerId}/complaints`, { reason, contact_id: contactId })
export const closeComplaint = (id: string, upheld: boolean, outcome: string): Promise<Complaint[]> =>
  http.patch<Complaint[]>(`/complaints/${id}`, { upheld, outcome })
