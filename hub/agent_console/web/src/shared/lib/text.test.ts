import { describe, expect, it } from 'vitest'

import { initials, linkify, splitPages, splitQuote } from './text'
import { clock, span } from './time'

describe('text', () => {
  it.each([
    ['Mei Chen', 'MC'],
    ['陈美', '陈'],
    ['+86 138', ''],
  ])('stands for %s by %s', (name, letters) => expect(initials(name)).toBe(letters))

  it('makes links of http addresses only', () => {
    expect(linkify('see https://a.example/x, javascript:alert(1)')).toEqual([
      { text: 'see ' },
      { text: 'https://a.example/x', href: 'https://a.example/x' },
      { text: ', javascript:alert(1)' },
    ])
  })

  it('leaves Chinese punctuation outside a link', () => {
    expect(linkify('看https://a.example/b。谢谢')[1]?.href ?? linkify('看 https://a.example/b。谢谢')[1]?.href).toBe('https://a.example/b')
  })

  it('folds the history below an answer', () => {
    expect(splitQuote('Yes.\n\nOn Mon, 1 Jan 2026 a@b.c wrote:\n> Will you?')).toEqual({ fresh: 'Yes.', quoted: 'On Mon, 1 Jan 2026 a@b.c wrote:\n> Will you?' })
  })

  it('folds the words of a fax behind its first page', () => {
    expect(splitPages('Order 4711\n\n— 2 —\nTerms\n\n— 11 —\nEnd')).toEqual({ fresh: 'Order 4711', quoted: '— 2 —\nTerms\n\n— 11 —\nEnd' })
    expect(splitPages('— 2 —\nTerms')).toEqual({ fresh: '', quoted: '— 2 —\nTerms' })
    expect(splitPages('Call me — 2 — at noon').quoted).toBe('')
  })

  it('folds nothing when all of it is quoted', () => {
    expect(splitQuote('> only this').quoted).toBe('')
  })
})

describe('lengths of time', () => {
  it.each([
    [7, '0:07'],
    [151, '2:31'],
    [3909, '1:05:09'],
  ])('%d s is %s', (seconds, text) => expect(clock(seconds)).toBe(text))

  it.each([
    [12, 'en', '12s'],
    [151, 'en', '2:31'],
    [7500, 'en', '2h 5m'],
    [7500, 'zh-CN', '2小时5分钟'],
    [273_600, 'en', '3d 4h'],
  ])('%d s in %s is %s', (seconds, locale, text) => expect(span(seconds, locale)).toBe(text))
})
