import { http, query } from './http'

/** What one's team signs with, where one has written nothing. */
export interface TeamSignature {
  team_id: string
  zh: string
  en: string
  texts: Record<string, string>
}

/** By language. */
export interface OwnSignature {
  texts: Record<string, string>
  teams: TeamSignature[]
}

/** `text` is empty where there is none. */
export interface Signature {
  text: string
  of: 'agent' | 'team' | 'entry_point' | null
}

export const getMySignature = (): Promise<OwnSignature> => http.get<OwnSignature>('/me/signature')
export const putMySignature = (texts: Record<string, string>): Promise<OwnSignature> => http.put<OwnSignature>('/me/signature', { texts })
/** `conversationId`: which of the contact's is answered on; '' its own. */
export const getSignature = (contactId: string, conversationId: string): Promise<Signature> =>
  http.get<Signature>(`/contacts/${contactId}/signature${query({ conversation_id: conversationId || null })}`)
