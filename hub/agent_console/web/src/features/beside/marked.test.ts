import { expect, it } from 'vitest'

import type { Mentioned } from '@/shared/api/types'
import type { Viewer } from '@/shared/api/frames'
import { begins } from '@/shared/lib/begins'
import { marked } from './marked'
import { whatOthersDo } from './words'

const user = (name: string): Mentioned => ({ kind: 'user', id: name, name })
const shown = (text: string, ...names: string[]): string => marked(text, names.map(user)).map((one) => (one.name ? `[${one.text}]` : one.text)).join('')

it('marks the names of those who are mentioned, and nothing else', () => {
  expect(shown('@Li Na, ask @Li', 'Li', 'Li Na')).toBe('[@Li Na], ask [@Li]')
  expect(shown('a@b.test and @Somebody', 'Li')).toBe('a@b.test and @Somebody')
  expect(shown('@A.B (x) @C', 'A.B (x)')).toBe('[@A.B (x)] @C')
})

it('leaves a raised hand, which has no name, as it is', () => {
  expect(shown('Please help', '')).toBe('Please help')
})

it('finds a colleague by name, by any of its words and by the letters of its characters', () => {
  const wang = ['王晓梅', 'wangxiaomei', 'wxm', 'xiaomei']
  expect(['王', 'wang', 'WXM', 'xiao', ''].map((typed) => begins(wang, typed))).toEqual([true, true, true, true, true])
  expect(begins(['li na'], 'na')).toBe(true)
  expect(begins(wang, 'mei')).toBe(false)
})

it('says what those do who write before who only looks', () => {
  const at = (name: string, doing: Viewer['doing']): Viewer => ({ user_id: name, name, doing, since: '' })
  const say = (...viewers: Viewer[]): string => whatOthersDo(viewers, { t: (key, values, count) => `${key} ${String(values['names'])} ${count}`, locale: 'en' })
  expect(say()).toBe('')
  expect(say(at('Li', 'looking'), at('Wang', 'note'))).toBe('beside.doing.note Wang 1')
  expect(say(at('Li', 'note'), at('Wang', 'reply'))).toBe('beside.doing.reply Wang 1')
  expect(say(at('Li', 'looking'), at('Wang', 'looking'))).toBe('beside.doing.looking Li and Wang 2')
})
