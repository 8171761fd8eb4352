import { http } from './http'

/** One server on the way of a mail; `delay_s`: since the one before, where both say when. */
export interface Hop {
  sent_by: string
  taken_by: string
  at: string | null
  delay_s: number | null
}

/** A mail as it came; `words`: what it says to people. */
export interface Original {
  size_bytes: number
  headers: { name: string; value: string }[]
  hops: Hop[]
  checks: { server: string; method: string; result: string }[]
  words: string
  text: string
  text_cut: boolean
  file_url: string
}

export const originalOfEntry = (entryId: string): Promise<Original> => http.get<Original>(`/interactions/${entryId}/original`)
export const originalOfContact = (contactId: string): Promise<Original> => http.get<Original>(`/contacts/${contactId}/original`)
export const originalFile = (entryId: string): string => `/api/v1/interactions/${entryId}/original/file`

/** The pages of an answer before it is sent; `urls`: of the first ones. */
export interface PagesBefore {
  count: number
  urls: string[]
}

export async function pagesBefore(contactId: string, text: string, attachments: string[], via: string): Promise<PagesBefore> {
  const found = await http.post<{ count: number; images: string[] }>(`/contacts/${contactId}/pages`, { text, attachments, conversation_id: via || null })
  return { count: found.count, urls: found.images.map((image) => `data:image/png;base64,${image}`) }
}

export const textOfFile = (fileId: string): Promise<{ text: string; cut: boolean }> => http.get(`/attachments/${fileId}/text`)
export const pagesOfFile = (fileId: string): Promise<{ count: number }> => http.get(`/attachments/${fileId}/pages`)
export const pageUrl = (fileId: string, page: number): string => `/api/v1/attachments/${fileId}/pages/${page}`

export interface InvitedPerson {
  address: string
  name: string
  answer: '' | 'accepted' | 'declined' | 'tentative' | 'delegated'
}

/** `at` null: a whole day, or a time of a zone that nobody knows; `local` and `zone` as written there. */
export interface InvitedMoment {
  at: string | null
  local: string
  zone: string
}

/** `frequency` '': a rule of its own; `plain`: these fields are all of it. `by_day`: MO, -1FR. */
export interface InvitedRule {
  frequency: '' | 'daily' | 'weekly' | 'monthly' | 'yearly'
  interval: number
  count: number | null
  until: string | null
  by_day: string[]
  by_month_day: number[]
  by_month: number[]
  plain: boolean
}

/** One event of a calendar file. `instead_of`: one time of a series, by when that was; `onwards`: all after it, too.
 * `left_out`, `added`: times of the series, the first of so many. `uid`, `sequence`, `stamp`: the how-manieth word on which. */
export interface InvitedEvent {
  uid: string
  sequence: number
  stamp: string | null
  cancelled: boolean
  changed: boolean
  instead_of: InvitedMoment | null
  onwards: boolean
  summary: string
  location: string
  start: InvitedMoment | null
  end: InvitedMoment | null
  all_day: boolean
  organizer: InvitedPerson | null
  attendees: InvitedPerson[]
  attendee_count: number
  recurrence: InvitedRule | null
  left_out: InvitedMoment[]
  left_out_count: number
  added: InvitedMoment[]
  added_count: number
}

/** A calendar file; `more`: how many further events it holds. */
export interface Invitation {
  method: string
  events: InvitedEvent[]
  more: number
}

export const invitationOf = (fileId: string): Promise<Invitation> => http.get(`/attachments/${fileId}/invitation`)
