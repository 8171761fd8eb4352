import { beforeEach, describe, expect, it } from 'vitest'

import type { Capabilities } from '@/shared/api/types'
import { ALL, GROUPS } from './emoji_data'
import { findEmoji, nameOf } from './find'
import { recentEmoji, rememberEmoji } from './recent'
import { carriesEmoji, emojiBefore } from './typing'

describe('the emoji to choose from', () => {
  it('are one sign each, once, with names in both languages', () => {
    expect(new Set(ALL.map((one) => one.char)).size).toBe(ALL.length)
    expect(ALL.length).toBeGreaterThan(75)
    expect(GROUPS.filter((group) => group.emoji.length > 24)).toEqual([])
    for (const one of ALL) {
      expect([one.char, [...new Intl.Segmenter().segment(one.char)].length, /\p{Extended_Pictographic}/u.test(one.char)]).toEqual([one.char, 1, true])
      expect([one.char, one.en.every((name) => /^[a-z][a-z -]+$/u.test(name)), one.zh.every((name) => /^\p{Script=Han}+$/u.test(name))]).toEqual([one.char, true, true])
    }
  })

  it('are called differently', () => {
    for (const locale of ['en', 'zh-CN']) expect(new Set(ALL.map((one) => nameOf(one, locale))).size).toBe(ALL.length)
  })
})

describe('an emoji is found', () => {
  const first = (typed: string): string | undefined => findEmoji(typed)[0]?.char

  it('by names in English and in Chinese', () => {
    expect(['smile', 'thumbs', 'thumbs_up', 'CRY', 'parcel', 'thank you'].map(first)).toEqual(['😊', '👍', '👍', '😢', '📦', '🙏'])
    expect(['微笑', '哭', '点赞', '快递', '谢谢'].map(first)).toEqual(['😊', '😢', '👍', '📦', '🙏'])
  })

  it('by a later word of its name, but by no middle of an English one', () => {
    expect(findEmoji('up').map((one) => one.char)).toContain('👍')
    expect(findEmoji('humb')).toEqual([])
    expect(findEmoji('哭').map((one) => one.char)).toEqual(expect.arrayContaining(['😢', '😭', '😂']))
  })

  it('at most as many as are asked for, and none for nothing', () => {
    expect(findEmoji('s', 3).length).toBe(3)
    expect([findEmoji(''), findEmoji(' _'), findEmoji('qqq')]).toEqual([[], [], []])
  })
})

describe('a colon begins an emoji', () => {
  it.each([':sm', 'Thanks :sm', 'Thanks, :thumbs_up', 'line\n:sm', '您好！：微笑', ':哭', '👍:ok', '❤️:ok'])('in %j', (before) => {
    expect(emojiBefore(before)?.name).toBe(before.split(/[:：]/u).at(-1))
  })

  it.each(['10:30', 'at 10:am', 'http://', 'https://example', 'see :', ':s', ':)', ':-)', ':30', 'Note:ok', '地址：上海', 'std::move', 'C:\\Users', ':sm ile', 'mailto:lina', ':smile:'])('not in %j', (before) => {
    expect(emojiBefore(before)).toBeNull()
  })
})

it('is written where it arrives as it was written, and in notes', () => {
  const can = (more: Partial<Capabilities>): Capabilities => ({ reply: true, pages: false, ...more }) as Capabilities
  expect([can({}), can({ pages: true }), can({ reply: false }), null].map((one) => carriesEmoji(one, false))).toEqual([true, false, false, false])
  expect([can({ pages: true }), null].map((one) => carriesEmoji(one, true))).toEqual([true, true])
})

describe('what was used last', () => {
  beforeEach(() => localStorage.clear())

  it('is kept, newest first, once, eight at most', () => {
    for (const { char } of ALL.slice(0, 10)) rememberEmoji(char)
    rememberEmoji(ALL[5]!.char)
    expect(recentEmoji()).toEqual([5, 9, 8, 7, 6, 4, 3, 2].map((at) => ALL[at]!.char))
  })

  it('is nothing where something else is kept', () => {
    for (const kept of ['{"a":1}', '[1,null]', 'no json']) {
      localStorage.setItem('hub.console.recentEmoji', kept)
      expect(recentEmoji()).toEqual([])
    }
  })
})
