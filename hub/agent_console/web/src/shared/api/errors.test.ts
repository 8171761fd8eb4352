import { expect, it } from 'vitest'

import { loadTexts, setLocale } from '@/i18n'
import { faultWords, messageOf } from './errors'
import { ApiError } from './http'

it('says that the line is cut where a part of the console cannot be fetched, whatever the browser calls it', () => {
  const said = [
    'Failed to fetch dynamically imported module: https://hub.test/assets/a.js',
    'error loading dynamically imported module: https://hub.test/assets/a.js',
    'Importing a module script failed.',
    'Unable to preload CSS for /assets/a.css',
  ].map((message) => messageOf(new TypeError(message)))
  expect(new Set(said)).toEqual(new Set([messageOf(new ApiError(0, 'offline', ''))]))
})

it('hides no fault of ours', () => {
  expect(() => messageOf(new TypeError('x is undefined'))).toThrow('x is undefined')
})

it('says a refusal in the language of the screens, with what it knows', async () => {
  await setLocale('zh-CN')
  await loadTexts('refusals')
  const told = (code: string, details = {}): string => messageOf(new ApiError(409, code, 'In English.', { details }))
  expect(told('block.nobody')).toBe('该发送方没有可以加入黑名单的地址。')
  expect(told('note.too_long', { most: 500 })).toBe('备注最多 500 个字符。')
  expect([told('words.changed'), told('words.changed', { name: '李娜' })]).toEqual(['其间他人修改了此快捷回复：请查看后再保存。', '李娜 刚修改了此快捷回复：请查看后再保存。'])
  expect(told('forbidden')).toBe('您没有权限执行此操作。')
  expect(told('nobody.knows.this')).toBe('In English.')
  await setLocale('en')
  expect([told('block.nobody'), told('forbidden')]).toEqual(['This sender has no address that could be blocked.', 'In English.'])
})

it('says what is wrong with a rule, and calls a field as the editor does', async () => {
  await setLocale('zh-CN')
  await Promise.all([loadTexts('refusals'), loadTexts('rules')])
  const fault = { path: 'rule', message: 'of tier ask one of is, known', code: 'rule.ways', facts: { field: 'tier', ways: 'is, known' } }
  expect(faultWords(fault)).toBe('“等级”只能用这些条件方式：is, known。')
  expect(faultWords({ path: '', message: 'something new' })).toBe('something new')
  await setLocale('en')
})
