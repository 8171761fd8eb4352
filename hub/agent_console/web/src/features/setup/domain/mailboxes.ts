/** Mailboxes: what providers want, and what is typed against what is kept. Pure. */
import type { MailboxDocument, MailServerPart, SecretName } from '@/shared/api/mailboxes'

export type ProviderKey = 'qq' | 'exmail' | 'n163' | 'n126' | 'gmail' | 'm365' | 'other'

export interface Provider {
  key: ProviderKey
  domains: string[]
  imap: Partial<MailServerPart>
  smtp: Partial<MailServerPart>
  /** It takes no passwords. */
  tokens?: boolean
  oauth?: { token_url: string; scope: string }
}

const pair = (imap: string, smtp: string): Pick<Provider, 'imap' | 'smtp'> => ({ imap: { host: imap, port: 993, tls: 'tls' }, smtp: { host: smtp, port: 465, tls: 'tls' } })

/** In the order in which they are offered. */
export const PROVIDERS: Provider[] = [
  { key: 'qq', domains: ['qq.com', 'foxmail.com', 'vip.qq.com'], ...pair('imap.qq.com', 'smtp.qq.com') },
  { key: 'exmail', domains: [], ...pair('imap.exmail.qq.com', 'smtp.exmail.qq.com') },
  { key: 'n163', domains: ['163.com'], ...pair('imap.163.com', 'smtp.163.com') },
  { key: 'n126', domains: ['126.com'], ...pair('imap.126.com', 'smtp.126.com') },
  { key: 'gmail', domains: ['gmail.com', 'googlemail.com'], ...pair('imap.gmail.com', 'smtp.gmail.com'), oauth: { token_url: 'https://oauth2.googleapis.com/token', scope: '' } },
  {
    key: 'm365',
    domains: ['onmicrosoft.com'],
    imap: { host: 'outlook.office365.com', port: 993, tls: 'tls' },
    smtp: { host: 'smtp.office365.com', port: 587, tls: 'starttls' },
    tokens: true,
    oauth: { token_url: 'https://login.microsoftonline.com/TENANT/oauth2/v2.0/token', scope: 'https://outlook.office365.com/.default' },
  },
  { key: 'other', domains: [], imap: {}, smtp: {} },
]

export const providerOf = (key: string): Provider => PROVIDERS.find((one) => one.key === key) ?? PROVIDERS.at(-1)!

/** By the domain of an address; of a firm's own domain nothing is known. */
export function providerFor(address: string): ProviderKey {
  const domain = address.split('@').at(-1)?.toLowerCase() ?? ''
  return PROVIDERS.find((one) => one.domains.some((known) => domain === known || domain.endsWith(`.${known}`)))?.key ?? 'other'
}

/** By the server that is set. */
export const providerAt = (document: MailboxDocument): ProviderKey => PROVIDERS.find((one) => one.imap.host !== undefined && one.imap.host === document.imap.host)?.key ?? 'other'

export const NONE: MailboxDocument = {
  imap: { host: '', port: 0, tls: 'tls', user: '' },
  smtp: { host: '', port: 0, tls: 'tls', user: '' },
  same_sign_in: true,
  oauth: { token_url: '', client_id: '', scope: '' },
  folder: 'INBOX',
  processed_folder: '',
}

/** To be typed on: what is kept stays as it is until it is saved. */
export const copyOf = (document: MailboxDocument): MailboxDocument => ({ ...document, imap: { ...document.imap }, smtp: { ...document.smtp }, oauth: { ...document.oauth } })

/** What a provider wants, written into what there is; the user is the address where none is typed. */
export function withProvider(document: MailboxDocument, provider: Provider, address: string): MailboxDocument {
  const user = document.imap.user || (address.includes('@') ? address : '')
  const oauth = provider.tokens && provider.oauth ? { ...document.oauth, ...provider.oauth } : { token_url: '', client_id: '', scope: '' }
  return { ...document, imap: { ...document.imap, ...provider.imap, user }, smtp: { ...document.smtp, ...provider.smtp }, oauth }
}

/** The secrets that a mailbox has, the ones it cannot do without first. */
export function secretsOf(document: MailboxDocument): SecretName[] {
  if (document.oauth.token_url !== '') return ['refresh_token', 'client_secret']
  return document.same_sign_in || document.smtp.host === '' ? ['imap_password'] : ['imap_password', 'smtp_password']
}

/** What was typed; what was not stays as it is. */
export const typedOnly = (typed: Record<SecretName, string>, wanted: SecretName[]): Partial<Record<SecretName, string>> =>
  Object.fromEntries(wanted.filter((name) => typed[name] !== '').map((name) => [name, typed[name]]))

/** Server and user in half a line. */
export const lineOf = (server: MailServerPart, usual: string): string => (server.host === '' ? '' : `${server.host}${server.port ? `:${server.port}` : ''}${server.user || usual ? ` · ${server.user || usual}` : ''}`)
