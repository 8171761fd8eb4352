/** Entry points: the form of their settings, their state, a try of each (hub/channels/points.py). */
import { http } from './http'

export type FieldKind = 'text' | 'texts' | 'lines' | 'switch' | 'number' | 'choice' | 'group' | 'items' | 'menu'

export interface FormField {
  name: string
  kind: FieldKind
  /** What holds where nothing is set. */
  usual: unknown
  choices: string[]
  pattern: string | null
  least: number | null
  most: number | null
  fields: FormField[]
  /** What is set is not shown again. */
  secret: boolean
  /** The text is the key of a tier, of a mail entry point, or a public key of several lines. */
  of: 'tier' | 'mail' | 'pem' | null
  /** Another setting, and what it must be for this one to mean something. */
  where: { name: string; value: string } | null
}

export interface ChannelForm {
  channel: string
  /** A widget on other sites, with a snippet, a preview and a test page. */
  widget: boolean
  /** A saved mail can be shown to the settings before they hold. */
  samples: boolean
  /** It is fed by a mailbox that is connected here. */
  mailbox: boolean
  /** What a provider posts, below the entry point's own address: "sms". */
  webhooks: string[]
  /** The phone account carries it, which is connected here. */
  account: boolean
  fields: FormField[]
}

export interface PointForms {
  /** Where other sites find the hub. */
  base_url: string
  channels: ChannelForm[]
}

export interface PointState {
  key: string
  channel: string
  /** As it is in force; else the hub is about to take it up, or cannot. */
  served: boolean
  trouble: ('no_mailbox' | 'locked_mailbox' | 'no_account' | 'locked_account')[]
  test: 'page' | 'look' | null
}

export interface Finding {
  verdict: 'well' | 'warning' | 'fault'
  /** In English, as is `mend`, for where there are no words of ours. */
  what: string
  mend: string
  /** Which sentence it is, as "mail.refused", and what stands in it. */
  code: string
  facts: Record<string, string>
}

export const listForms = (): Promise<PointForms> => http.get<PointForms>('/entry-points/forms')
export const listPointStates = (): Promise<PointState[]> => http.get<PointState[]>('/entry-points')
export const tryPoint = (key: string): Promise<Finding[]> => http.post<Finding[]>(`/entry-points/${key}/test`)

export interface SampleRead {
  /** What the mail is, as "received", or why it is nothing, as "not_a_fax". */
  kind: string
  facts: Record<string, string>
}

/** What settings that may not be saved yet would read out of a mail. */
export async function readSample(channel: string, settings: Record<string, unknown>, mail: Blob): Promise<SampleRead> {
  return http.large<SampleRead>(`/entry-points/samples/${channel}`, { settings, mail: await inBase64(mail) })
}

function inBase64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^data:[^,]*,/, ''))
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'))
    reader.readAsDataURL(file)
  })
}
