import { http, query } from './http'
import type {
  Colleague,
  ContactDetail,
  ContactRow,
  FileView,
  FoundEntry,
  Interaction,
  Mentioned,
  Page,
  Posted,
  ReplyBody,
  Setup,
} from './types'

export const getSetup = (): Promise<Setup> => http.get<Setup>('/setup')
export const getContact = (id: string): Promise<ContactDetail> => http.get<ContactDetail>(`/contacts/${id}`)
export const listContacts = (filter: {
  state?: string[]
  channel?: string
  queue?: string
  unanswered?: boolean
  after?: string | null
}): Promise<Page<ContactRow>> =>
  http.get<Page<ContactRow>>(`/contacts${query({ ...filter, unanswered: filter.unanswered ? 'true' : undefined })}`)
export const listInteractions = (conversationId: string, afterSeq: number, limit?: number): Promise<Page<Interaction>> =>
  http.get<Page<Interaction>>(`/conversations/${conversationId}/interactions${query({ after_seq: afterSeq, limit })}`)
export const findEntries = (q: string, limit: number): Promise<Page<FoundEntry>> => http.get<Page<FoundEntry>>(`/interactions${query({ q, limit })}`)
export const listColleagues = (): Promise<Page<Colleague>> => http.get<Page<Colleague>>('/colleagues')

export const settleContact = (id: string): Promise<unknown> => http.post(`/contacts/${id}/settle`)
export const acceptOffer = (id: string): Promise<unknown> => http.post(`/offers/${id}/accept`)
export const declineOffer = (id: string, reason: string | null): Promise<unknown> =>
  http.post(`/offers/${id}/decline`, { reason })

export const reply = (contactId: string, body: ReplyBody, leaving = false): Promise<Posted> =>
  http.post<Posted>(`/contacts/${contactId}/reply`, body, undefined, leaving)
/** The hub keeps it for some seconds before it goes out, to be taken back. */
export const replyUndoable = (contactId: string, body: ReplyBody & { undo_s: number }, leaving = false): Promise<unknown> =>
  http.post(`/contacts/${contactId}/scheduled`, body, undefined, leaving)
/** One's own answer, by the id it was sent under, whether or not it has arrived. */
export const takeBack = (clientId: string): Promise<unknown> => http.post('/scheduled/take-back', { client_id: clientId })
export const note = (contactId: string, body: { client_id: string; text: string; mentions?: Mentioned[] }): Promise<Posted> =>
  http.post<Posted>(`/contacts/${contactId}/note`, body)
export const hold = (contactId: string): Promise<unknown> => http.post(`/contacts/${contactId}/hold`)
export const resume = (contactId: string): Promise<unknown> => http.post(`/contacts/${contactId}/resume`)
export const end = (contactId: string): Promise<unknown> => http.post(`/contacts/${contactId}/end`)
export const extendWrapUp = (contactId: string): Promise<unknown> => http.post(`/contacts/${contactId}/extend`)
/** What can wait where the hub cannot be reached (stores/queued.ts). */
export const act = (contactId: string, deed: 'close' | 'park' | 'transfer', body: object): Promise<unknown> => http.post(`/contacts/${contactId}/${deed}`, body)
export const pull = (contactId: string): Promise<unknown> => http.post(`/contacts/${contactId}/pull`)

/** `inline`: a picture that is to stand in the words of a mail. */
export const upload = (file: File, inline = false): Promise<FileView> => {
  const form = new FormData()
  form.append('file', file, file.name)
  return http.upload<FileView>(`/attachments${query({ inline: inline ? 'true' : undefined })}`, form)
}
