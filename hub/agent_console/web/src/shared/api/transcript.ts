import { http } from './http'

/** Where the customer of a chat is written to; null: no address is known. */
export const knownAddress = (contactId: string): Promise<{ to: string | null }> => http.get(`/contacts/${contactId}/transcript`)

/** Mail what was said to an address; the answer has it as it is written to. */
export const mailTranscript = (contactId: string, to: string): Promise<{ to: string }> => http.post(`/contacts/${contactId}/transcript`, { to })
