import { http } from './http'

export type Outcome = 'linked' | 'captured' | 'missing' | 'not_needed'
export const OUTCOMES: readonly Outcome[] = ['linked', 'captured', 'missing', 'not_needed']

export interface SaidAtClosing {
  outcome: Outcome
  article_id?: string
  note?: string
}

/** What became of what was learned in a contact; answers the article it is about, if any. */
export const sayKnowledge = (contactId: string, said: SaidAtClosing): Promise<{ outcome: Outcome; article_id: string | null }> =>
  http.post(`/contacts/${encodeURIComponent(contactId)}/knowledge-outcome`, said)
