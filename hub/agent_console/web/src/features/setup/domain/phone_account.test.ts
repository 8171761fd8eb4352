import { describe, expect, it } from 'vitest'

import { toBePointed, wishOf } from './phone_account'

describe('the phone account', () => {
  it('sends only the secrets that were typed and have a use', () => {
    expect(wishOf('AC1', '', { auth_token: '', api_secret: 'x' })).toEqual({ account: { account_sid: 'AC1', api_key: '' }, secrets: {} })
    expect(wishOf('AC1', 'SK1', { auth_token: 'a', api_secret: 'b' }).secrets).toEqual({ auth_token: 'a', api_secret: 'b' })
  })
  it('finds the numbers that can be pointed here', () => {
    const found = (code: string) => ({ verdict: 'warning' as const, what: '', mend: '', code, facts: {} })
    expect(toBePointed(['phone.here', 'phone.nowhere', 'phone.not_owned', 'phone.partly', 'texts.elsewhere', 'texts.here', 'texts.partly'].map(found)).map((one) => one.code)).toEqual(['phone.nowhere', 'phone.partly', 'texts.elsewhere', 'texts.partly'])
  })
})
