import { http, query } from './http'
import type { FileView } from './types'

/** A reply as far as it is written. */
export interface DraftWords {
  text: string
  html: string | null
  subject: string | null
  to: string[] | null
  cc: string[] | null
  bcc: string[]
  attachments: string[]
  article_ids: string[]
  begun_at_seq: number | null
  aside_of: string | null
}

export interface DraftView extends Omit<DraftWords, 'attachments'> {
  author_id: string
  author_name: string
  saved_at: string
  files: FileView[]
}

export interface DraftState {
  version: number
  draft: DraftView | null
}

export const getDraft = (contactId: string): Promise<DraftState> => http.get<DraftState>(`/contacts/${contactId}/draft`)
/** `leaving`: the page goes away, the request must not go with it. */
export const saveDraft = (contactId: string, version: number, words: DraftWords, leaving: boolean): Promise<{ version: number }> =>
  http.put<{ version: number }>(`/contacts/${contactId}/draft`, { version, ...words }, leaving)
export const dropDraft = (contactId: string, version: number): Promise<{ version: number }> =>
  http.delete<{ version: number }>(`/contacts/${contactId}/draft${query({ version })}`)
