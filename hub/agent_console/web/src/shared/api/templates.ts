/** The texts the hub sends by itself, as they are as usual, and a test of one by mail (hub/agent_console/templates.py). */
import { http } from './http'
import type { TemplateWords } from './setup_types'

export type TemplateGroup = 'mail' | 'text' | 'chat' | 'chat_mail' | 'commitment' | 'outreach' | 'page' | 'phone'

export interface Template {
  key: string
  group: TemplateGroup
  /** It has a subject; else it is a sentence. */
  subject: boolean
  /** Characters of the body; 0: it has none. */
  longest: number
  /** What the hub puts below the body. */
  below: '' | 'said' | 'link'
  /** What may stand in braces, with an example by language. */
  places: Record<string, Record<string, string>>
  /** What the body cannot do without. */
  needs: string[]
  /** In zh-CN and en. */
  usual: Record<string, TemplateWords>
  /** Entry points of these may have it in words of their own. */
  channels: string[]
}

export interface Sender {
  key: string
  name: string
  address: string
}

export interface Templates {
  templates: Template[]
  senders: Sender[]
}

export const listTemplates = (): Promise<Templates> => http.get<Templates>('/setup/templates')
/** Mail a draft to oneself; what is "" is as usual. */
export const sendTest = (key: string, draft: TemplateWords & { language: string; entry_point: string }): Promise<{ to: string }> =>
  http.post<{ to: string }>(`/setup/templates/${key}/test`, draft)
