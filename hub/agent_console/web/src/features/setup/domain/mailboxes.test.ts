import { describe, expect, it } from 'vitest'

import { copyOf, NONE, PROVIDERS, lineOf, providerAt, providerFor, providerOf, secretsOf, typedOnly, withProvider } from './mailboxes'

describe('mailboxes', () => {
  it('knows a provider by the address and by the server', () => {
    expect(['li@QQ.com', 'li@foxmail.com', 'li@163.com', 'li@126.com', 'li@gmail.com', 'li@shop.onmicrosoft.com', 'li@shop.example', 'fax line', 'li@notqq.com'].map(providerFor)).toEqual(['qq', 'qq', 'n163', 'n126', 'gmail', 'm365', 'other', 'other', 'other'])
    for (const one of PROVIDERS) expect(providerAt(withProvider(NONE, one, 'li@shop.example'))).toBe(one.key)
  })

  it('fills in what a provider wants and keeps who was typed', () => {
    const made = withProvider(NONE, providerOf('qq'), 'li@qq.com')
    expect(made.imap).toEqual({ host: 'imap.qq.com', port: 993, tls: 'tls', user: 'li@qq.com' })
    expect(made.smtp).toMatchObject({ host: 'smtp.qq.com', port: 465, tls: 'tls' })
    const microsoft = withProvider({ ...made, imap: { ...made.imap, user: 'support' } }, providerOf('m365'), 'li@qq.com')
    expect(microsoft.imap.user).toBe('support')
    expect(microsoft.smtp.tls).toBe('starttls')
    expect(microsoft.oauth.token_url).toContain('/oauth2/')
    expect(withProvider(microsoft, providerOf('gmail'), '').oauth.token_url).toBe('')
    expect(withProvider(NONE, providerOf('other'), '+862155').imap.user).toBe('')
  })

  it('asks for the secrets of the way it signs in, and sends only what was typed', () => {
    const typed = { imap_password: 'a', smtp_password: '', client_secret: 'c', refresh_token: '' }
    const made = withProvider(NONE, providerOf('qq'), 'li@qq.com')
    expect(secretsOf(made)).toEqual(['imap_password'])
    const two = secretsOf({ ...made, same_sign_in: false })
    expect(two).toEqual(['imap_password', 'smtp_password'])
    expect(typedOnly(typed, two)).toEqual({ imap_password: 'a' })
    expect(secretsOf(withProvider(NONE, providerOf('m365'), 'x@y.z'))).toEqual(['refresh_token', 'client_secret'])
  })

  it('is typed on apart from what is kept', () => {
    const kept = withProvider(NONE, providerOf('qq'), 'li@qq.com')
    const typed = copyOf(kept)
    expect(typed).toEqual(kept)
    Object.assign(typed, { folder: 'Other' })
    for (const part of [typed.imap, typed.smtp]) part.host = 'mail.example'
    typed.oauth.token_url = 'https://'
    expect(kept).toEqual(withProvider(NONE, providerOf('qq'), 'li@qq.com'))
  })

  it('says a server in half a line', () => {
    expect(lineOf({ host: 'smtp.qq.com', port: 465, tls: 'tls', user: '' }, 'li')).toBe('smtp.qq.com:465 · li')
    expect(lineOf(NONE.smtp, 'li')).toBe('')
  })
})
