import { http } from './http'
import type { DispositionBody } from './types'

/** What was taken along with another contact of the same customer, and what stays with the reason. */
export interface Together {
  taken: { contact_id: string; connects: boolean }[]
  left: { contact_id: string; reference: string; channel: string; code: string; message: string }[]
}

export const acceptTogether = (offerId: string): Promise<Together> => http.post<Together>(`/offers/${offerId}/accept-together`)
export const takeAlong = (contactId: string, contactIds: string[]): Promise<Together> =>
  http.post<Together>(`/contacts/${contactId}/take-along`, { contact_ids: contactIds })
export const closeTogether = (contactId: string, disposition: DispositionBody | null, contactIds: string[]): Promise<Together> =>
  http.post<Together>(`/contacts/${contactId}/close-together`, { disposition, contact_ids: contactIds })
