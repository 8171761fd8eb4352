/** The phone account: what is set of it, never its secrets (hub/setup/phone_account). */
import { http } from './http'
import type { Finding } from './points'

export type AccountSecret = 'auth_token' | 'api_secret'

export interface AccountDocument {
  account_sid: string
  /** "": requests sign in with the auth token, too. */
  api_key: string
}

export interface PhoneAccountState {
  /** "file": in hub.toml, where alone it is changed. */
  source: 'file' | 'page' | 'none'
  account: AccountDocument | null
  /** When each secret was set. */
  secrets_at: Partial<Record<AccountSecret, string>>
  changed_at: string | null
  /** The secrets cannot be opened any more: they have to be typed anew. */
  locked: boolean
  /** The provider can call the hub. */
  public: boolean
}

export interface AccountWish {
  account: AccountDocument
  /** What is not in it stays as it is. */
  secrets: Partial<Record<AccountSecret, string>>
}

/** What came of pointing a number here, and where its calls went before. */
export interface PointedNumber {
  point: string
  number: string
  before: string
  step: Finding
}

const PATH = '/phone-account'
const CHECK_MS = 90_000

export const readPhoneAccount = (): Promise<PhoneAccountState> => http.get<PhoneAccountState>(PATH)
export const connectPhoneAccount = (wish: AccountWish): Promise<PhoneAccountState> => http.put<PhoneAccountState>(PATH, wish)
export const disconnectPhoneAccount = (): Promise<void> => http.delete<void>(PATH)
/** Step by step, as they are made; of what is in force where there is no wish. */
export const checkPhoneAccount = (wish: AccountWish | null, signal: AbortSignal): AsyncGenerator<Finding> => http.lines<Finding>(`${PATH}/check`, wish ?? {}, AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS)]))
/** The provider is asked for each number, one after the other: of many that takes longer than other answers may. */
export const pointNumbers = (points: string[]): Promise<PointedNumber[]> => http.large<PointedNumber[]>(`${PATH}/numbers`, { points })
