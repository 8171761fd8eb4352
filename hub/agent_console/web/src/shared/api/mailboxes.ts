/** Mailboxes of entry points: what is set of each, never its secrets (hub/setup/mailboxes). */
import { http } from './http'
import type { Finding } from './points'

export type MailTls = 'tls' | 'starttls' | 'none'
export type SecretName = 'imap_password' | 'smtp_password' | 'client_secret' | 'refresh_token'

export interface MailServerPart {
  /** "": not used. */
  host: string
  /** 0: the usual one. */
  port: number
  tls: MailTls
  user: string
}

export interface MailboxDocument {
  imap: MailServerPart
  smtp: MailServerPart
  /** SMTP takes IMAP's user and password. */
  same_sign_in: boolean
  /** Token URL "": by password. */
  oauth: { token_url: string; client_id: string; scope: string }
  folder: string
  processed_folder: string
}

export interface MailboxState {
  key: string
  address: string
  /** "file": in hub.toml at `place`, where alone it is changed. */
  source: 'file' | 'page' | 'none'
  place: string
  mailbox: MailboxDocument | null
  /** When each secret was set. */
  secrets_at: Partial<Record<SecretName, string>>
  changed_at: string | null
  /** The secrets cannot be opened any more: they have to be typed anew. */
  locked: boolean
}

export interface MailboxWish {
  mailbox: MailboxDocument
  /** What is not in it stays as it is. */
  secrets: Partial<Record<SecretName, string>>
}

const CHECK_MS = 90_000
const pathOf = (key: string): string => `/entry-points/${key}/mailbox`

export const readMailbox = (key: string): Promise<MailboxState> => http.get<MailboxState>(pathOf(key))
export const connectMailbox = (key: string, wish: MailboxWish): Promise<MailboxState> => http.put<MailboxState>(pathOf(key), wish)
export const disconnectMailbox = (key: string): Promise<void> => http.delete<void>(pathOf(key))
/** A mail from its address to itself, and whether it comes back, step by step. */
export const sendTestMail = (key: string, signal: AbortSignal): AsyncGenerator<Finding> => http.lines<Finding>(`${pathOf(key)}/check`, { send: true }, AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS)]))
/** Step by step, as they are made; of what is in force where there is no wish. */
export const checkMailbox = (key: string, wish: MailboxWish | null, signal: AbortSignal): AsyncGenerator<Finding> => http.lines<Finding>(`${pathOf(key)}/check`, wish ?? {}, AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS)]))
