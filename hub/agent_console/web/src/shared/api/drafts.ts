import { http, query } from './http'
import type { DraftState, DraftWords } from './types'

export const getDraft = (contactId: string): Promise<DraftState> => http.get<DraftState>(`/contacts/${contactId}/draft`)
/** `leaving`: the page goes away, the request must not go with it. */
export const saveDraft = (contactId: string, version: number, words: DraftWords, leaving: boolean): Promise<{ version: number }> =>
  http.put<{ version: number }>(`/contacts/${contactId}/draft`, { version, ...words }, leaving)
export const dropDraft = (contactId: string, version: number): Promise<{ version: number }> =>
  http.delete<{ version: number }>(`/contacts/${contactId}/draft${query({ version })}`)
