/** The phone account: what is typed, and which numbers do not lead here yet. Pure. */
import type { AccountSecret, AccountWish } from '@/shared/api/phone_account'
import type { Finding } from '@/shared/api/points'

const ELSEWHERE = new Set(['phone.elsewhere', 'phone.nowhere', 'phone.partly', 'texts.elsewhere', 'texts.nowhere', 'texts.partly'])

/** What a check has found of numbers that can be pointed here. */
export const toBePointed = (steps: Finding[]): Finding[] => steps.filter((one) => ELSEWHERE.has(one.code))

/** What was typed; a secret that was not stays as it is, one of a key that is left out goes. */
export function wishOf(sid: string, apiKey: string, typed: Record<AccountSecret, string>): AccountWish {
  const wanted: AccountSecret[] = apiKey === '' ? ['auth_token'] : ['auth_token', 'api_secret']
  return {
    account: { account_sid: sid, api_key: apiKey },
    secrets: Object.fromEntries(wanted.filter((name) => typed[name] !== '').map((name) => [name, typed[name]])),
  }
}
