import { http } from './http'
import type { FileView, Label, Page, Posted, ReplyBody } from './types'

/** Canned responses, macros, tags, and answers that go out later. */

export interface ResponseText {
  title: string
  text: string
  html: string | null
  found_by: string[]
}

export interface KeptFile {
  id: string
  name: string
  media_type: string
  size_bytes: number
}

export interface CannedResponse {
  id: string
  origin: 'file' | 'team' | 'own'
  texts: Record<string, ResponseText>
  category: string
  queues: string[]
  teams: string[]
  files: KeptFile[]
  uses: number
  version: number
  may_change: boolean
  changed_by: string | null
}

export interface ResponseDraft {
  texts: Record<string, { title: string; text: string; html: string | null }>
  category: string
  queues: string[]
  teams: string[]
  own: boolean
  attachments: string[]
}

export type MacroStep =
  | { do: 'reply'; texts: Record<string, string>; send: boolean }
  | { do: 'note'; text: string }
  | { do: 'tag'; add: string[]; remove: string[] }
  | { do: 'priority'; priority: number }
  | { do: 'transfer'; queue_id: string | null; agent_id: string | null }
  | { do: 'park'; for_s: number | null }
  | { do: 'close'; reason_id: string | null; outcome_id: string | null }
export type StepKind = MacroStep['do']

export interface MacroDraft {
  zh: string
  en: string
  teams: string[]
  steps: MacroStep[]
}

export interface Macro extends MacroDraft {
  id: string
  uses: number
  version: number
  may_change: boolean
  changed_by: string
}

/** What a run came to. `insert`: words for the composer; `scheduled_id`: a reply that can be taken back. */
export interface Ran {
  done: StepKind[]
  refused: { step: number; do: StepKind; code: string; message: string } | null
  insert: string | null
  scheduled_id: string | null
}

export const COLOURS = ['grey', 'blue', 'green', 'amber', 'red', 'violet', 'teal', 'pink'] as const
export type Colour = (typeof COLOURS)[number]

export interface Tag {
  id: string
  zh: string
  en: string
  colour: Colour
  retired: boolean
  version: number
}

export interface Placeholders {
  values: Record<string, string>
  queue_zh: string
  queue_en: string
  commitment_at: string | null
  zone: string
}

export interface Scheduled {
  id: string
  contact_id: string
  agent_id: string
  agent_name: string
  /** Under which it was sent. */
  client_id: string
  send_at: string
  made_at: string
  version: number
  undo: boolean
  held: string | null
  held_detail: string | null
  overtaken: boolean
  may_change: boolean
  /** The merged conversation that it answers on; null: the contact's own. */
  conversation_id: string | null
  aside_of: string | null
  text: string
  html: string | null
  subject: string | null
  to: string[] | null
  cc: string[]
  bcc: string[]
  files: FileView[]
  article_ids: string[]
}

export interface ScheduledList {
  items: Scheduled[]
  presets: { id: 'hour' | 'evening' | 'tomorrow' | 'monday'; at: string }[]
  zone: string
}

export interface HistoryLine {
  id: string
  at: string
  actor_name: string
  action: string
  detail: Record<string, string | number | boolean | null>
}

export const listResponses = (): Promise<Page<CannedResponse>> => http.get('/responses')
export const addResponse = (draft: ResponseDraft): Promise<{ id: string }> => http.post('/responses', draft)
export const changeResponse = (id: string, draft: ResponseDraft & { version: number; keep_files: string[] }): Promise<unknown> => http.put(`/responses/${id}`, draft)
export const retireResponse = (id: string): Promise<unknown> => http.delete(`/responses/${id}`)
export const takeResponse = (id: string): Promise<Page<Omit<FileView, 'inline' | 'content_id' | 'preview_urls'>>> => http.post(`/responses/${id}/use`)

export const listMacros = (): Promise<Page<Macro>> => http.get('/macros')
export const addMacro = (draft: MacroDraft): Promise<{ id: string }> => http.post('/macros', draft)
export const changeMacro = (id: string, draft: MacroDraft & { version: number }): Promise<unknown> => http.put(`/macros/${id}`, draft)
export const retireMacro = (id: string): Promise<unknown> => http.delete(`/macros/${id}`)
export const runMacro = (contactId: string, id: string, body: { client_id: string; language: string; words: Record<string, string>; undo_s: number }): Promise<Ran> =>
  http.post(`/contacts/${contactId}/macros/${id}`, body)

export const historyOf = (kind: 'responses' | 'macros', id: string): Promise<Page<HistoryLine>> => http.get(`/${kind}/${id}/history`)
export const placeholdersOf = (contactId: string): Promise<Placeholders> => http.get(`/contacts/${contactId}/placeholders`)

export const listTeams = (): Promise<Label[]> => http.get('/teams')

export const listTags = (): Promise<Page<Tag>> => http.get('/tags')
export const addTag = (tag: { key: string; zh: string; en: string; colour: Colour }): Promise<Page<Tag>> => http.post('/tags', tag)
export const changeTag = ({ id, ...tag }: Tag): Promise<Page<Tag>> => http.put(`/tags/${id}`, tag)
export const tagContact = (contactId: string, add: string[], remove: string[]): Promise<{ tags: string[] }> => http.post(`/contacts/${contactId}/tags`, { add, remove })

export const listScheduled = (contactId: string): Promise<ScheduledList> => http.get(`/contacts/${contactId}/scheduled`)
export const sendLater = (contactId: string, body: ReplyBody & { send_at: string }): Promise<Scheduled> => http.post(`/contacts/${contactId}/scheduled`, body)
export const changeTime = (id: string, version: number, sendAt: string): Promise<unknown> => http.put(`/scheduled/${id}`, { version, send_at: sendAt })
export const sendNow = (id: string, version: number): Promise<Posted> => http.post(`/scheduled/${id}/send`, { version })
export const cancelScheduled = (id: string, version: number): Promise<Scheduled> => http.post(`/scheduled/${id}/cancel`, { version })
