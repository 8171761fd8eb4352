import { http } from './http'
import type { DispositionBody, Together } from './types'

export const acceptTogether = (offerId: string): Promise<Together> => http.post<Together>(`/offers/${offerId}/accept-together`)
export const takeAlong = (contactId: string, contactIds: string[]): Promise<Together> =>
  http.post<Together>(`/contacts/${contactId}/take-along`, { contact_ids: contactIds })
export const closeTogether = (contactId: string, disposition: DispositionBody | null, contactIds: string[]): Promise<Together> =>
  http.post<Together>(`/contacts/${contactId}/close-together`, { disposition, contact_ids: contactIds })
