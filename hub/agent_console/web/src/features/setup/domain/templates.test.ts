import { describe, expect, it } from 'vitest'

import type { Template } from '@/shared/api/templates'
import NEAR from '../../../../../../../tests/unit/contacts/near_languages.json'
import { aSetup } from './a_setup'
import { differences } from './diff'
import { nearest } from './near'
import { changedWords, fallbackWords, filledWords, forgetPoint, keepWords, languagesOf, moreLanguages, pieces } from './templates'

const CODE: Template = {
  key: 'chat_code', group: 'chat_mail', subject: true, longest: 1000, below: '', needs: ['code'],
  places: { code: { 'zh-CN': '204816', en: '204816' }, name: { 'zh-CN': '客服', en: 'Shop' } },
  usual: { 'zh-CN': { subject: '验证码', body: '验证码 {code}' }, en: { subject: 'Your code', body: 'Type {code}' } },
  channels: ['webchat'],
}
const words = (body: string, subject = ''): { subject: string; body: string } => ({ subject, body })

describe('words of a template', () => {
  it('keeps only what is not as usual', () => {
    const setup = aSetup()
    keepWords(setup, 'chat_code', 'en', words('Now: {code}'))
    expect(setup.templates).toEqual({ chat_code: { en: words('Now: {code}') } })
    keepWords(setup, 'chat_code', 'en', words(''))
    expect(setup.templates).toEqual({})
  })

  it('falls back to a near language, then to the usual one', () => {
    const setup = aSetup({ templates: { chat_code: { 'zh-TW': words('', '驗證碼'), en: words('English {code}'), 'fr-CA': words('Voilà {code}') } } })
    expect(fallbackWords(setup, CODE, 'zh-CN')).toEqual(words('验证码 {code}', '验证码'))
    expect(fallbackWords(setup, CODE, 'zh-HK')).toEqual(words('验证码 {code}', '驗證碼'))
    expect(fallbackWords(setup, CODE, 'fr')).toEqual(words('Voilà {code}', 'Your code'))
    expect(fallbackWords(setup, CODE, 'ja')).toEqual(words('English {code}', 'Your code'))
    expect(fallbackWords(setup, CODE, 'en')).toEqual(words('Type {code}', 'Your code'))
  })

  it('says at an entry point its own words first, but a customer\'s language before the place', () => {
    const setup = aSetup({ templates: { chat_code: { en: words('All {code}', 'All'), fr: words('Tous {code}') }, 'chat_code@shop': { en: words('Shop {code}'), ja: words('店 {code}') } } })
    expect(fallbackWords(setup, CODE, 'ko', 'shop')).toEqual(words('Shop {code}', 'All'))
    expect(fallbackWords(setup, CODE, 'fr', 'shop')).toEqual(words('Tous {code}', 'All'))
    expect(fallbackWords(setup, CODE, 'en', 'shop')).toEqual(words('All {code}', 'All'))
    expect(fallbackWords(setup, CODE, 'en')).toEqual(words('Type {code}', 'Your code'))
    forgetPoint(setup, 'shop')
    expect(Object.keys(setup.templates)).toEqual(['chat_code'])
  })

  it.each(NEAR)('knows what is near $wanted as the hub does', (one) => {
    expect(nearest(one.tags, one.wanted)).toEqual(one.nearest)
    expect(nearest(one.tags.toReversed(), one.wanted)).toEqual(one.nearest)
  })

  it('offers the languages of the set-up first, and none twice', () => {
    const setup = aSetup({ skills: [{ key: 'french', zh: '法语', en: 'French', language: 'fr' }, { key: 'local', zh: '方言', en: 'Dialect', language: 'zh_local' }], templates: { chat_code: { ja: words('x') } } })
    const shown = languagesOf(setup, 'chat_code', ['ja', 'ko'])
    expect(shown).toEqual(['zh-CN', 'en', 'ja', 'ko'])
    expect(moreLanguages(setup, shown)[0]).toBe('fr')
    expect(moreLanguages(setup, shown)).not.toContain('ja')
    expect(moreLanguages(setup, shown)).not.toContain('zh_local')
  })

  it('fills examples in, once, and leaves what is none', () => {
    expect(pieces('{name}: {code} {other}', CODE, 'fr').map((one) => one.text).join('')).toBe('Shop: 204816 {other}')
    expect(pieces('{code}', CODE, 'zh-TW')).toEqual([{ text: '204816', place: 'code' }])
  })

  it('keeps a language in its place while its field is empty', () => {
    const setup = aSetup({ templates: { chat_code: { ja: words('x'), ko: words('y') } } })
    const added = Object.keys(setup.templates['chat_code']!)
    const shown = languagesOf(setup, 'chat_code', added)
    keepWords(setup, 'chat_code', 'ja', words(''))
    expect(languagesOf(setup, 'chat_code', added)).toEqual(shown)
    keepWords(setup, 'chat_code', 'ja', words('z'))
    expect(languagesOf(setup, 'chat_code', added)).toEqual(shown)
  })

  it('puts a link between blanks, but not at the end of a line', () => {
    const link = { ...CODE, places: { link: { 'zh-CN': 'https://x.example', en: 'https://x.example' } } }
    const shown = (text: string): string => pieces(text, link, 'zh-CN').map((one) => one.text).join('')
    expect(shown('点击{link}退订')).toBe('点击 https://x.example 退订')
    expect(shown('{link}\n{link}！')).toBe('https://x.example\nhttps://x.example ！')
    expect(pieces('【{link}】', link, 'en').find((one) => one.place === 'link')!.text).toBe('https://x.example')
  })

  it('tells each text that changed, and nothing of what is as usual on both sides', () => {
    const before = aSetup()
    const after = aSetup({ templates: { chat_code: { en: words('Now: {code}') } } })
    expect(differences(before, after)).toEqual([{ path: ['templates', 'chat_code', 'en', 'body'], kind: 'added', before: undefined, after: 'Now: {code}' }])
    expect(differences(after, before)).toEqual([{ path: ['templates', 'chat_code', 'en', 'body'], kind: 'removed', before: 'Now: {code}', after: undefined }])
  })
})

describe('what is said around a menu', () => {
  const said = (templates: ReturnType<typeof aSetup>['templates'], language: string, at = 'line'): string =>
    filledWords(changedWords(aSetup({ templates }), 'phone_menu_choice', language, at), { label: 'repairs {key}', key: '1' })

  it('is as usual where the set-up says nothing of its own', () => {
    expect(said({}, 'en')).toBe('')
    expect(said({ 'phone_menu_choice@other': { en: { subject: '', body: 'Never said here' } } }, 'en')).toBe('')
  })

  it('is what the line says before what is said everywhere, with values in its places once', () => {
    const everywhere = { en: { subject: '', body: 'Everywhere {key}' } }
    expect(said({ phone_menu_choice: everywhere }, 'en')).toBe('Everywhere 1')
    const here = { en: { subject: '', body: '{key}: {label}' } }
    expect(said({ phone_menu_choice: everywhere, 'phone_menu_choice@line': here }, 'en')).toBe('1: repairs {key}')
  })
})
