import { http, query } from './http'
import type { ContactRow, Mentioned, Page } from './types'

export interface Mention {
  id: string
  /** help: a raised hand. */
  kind: 'user' | 'team' | 'help'
  at: string
  read_at: string | null
  by_id: string
  by_name: string
  text: string
  seq: number
  interaction_id: string
  contact: ContactRow
}

export interface Mentionable {
  people: { id: string; name: string; words: string[] }[]
  teams: { id: string; zh: string; en: string; words: string[] }[]
}

export interface NoteVersion {
  version: number
  text: string
  replaced_at: string
}

export const listMentions = (unread: boolean, after?: string | null, limit = 50): Promise<Page<Mention>> =>
  http.get<Page<Mention>>(`/me/mentions${query({ unread: unread ? 'true' : undefined, after, limit })}`)
export const readMentions = (what: { ids?: string[]; contact_id?: string; everything?: boolean }): Promise<unknown> => http.post('/me/mentions/read', what)
export const listMentionable = (contactId: string): Promise<Mentionable> => http.get<Mentionable>(`/contacts/${contactId}/mentionable`)
export const changeNote = (id: string, text: string, mentions: Mentioned[]): Promise<unknown> => http.put(`/notes/${id}`, { text, mentions })
export const takeNoteBack = (id: string): Promise<unknown> => http.delete(`/notes/${id}`)
export const listNoteVersions = (id: string): Promise<NoteVersion[]> => http.get<NoteVersion[]>(`/notes/${id}/versions`)
