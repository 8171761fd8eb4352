import { describe, expect, it } from 'vitest'

import type { CommitmentRow } from '@/shared/api/commitments'
import { decimalsOf, isLate, minorOf, percent, price, textOf, whenOf } from './words'

const NOON = Date.parse('2026-03-10T12:00:00')
const at = (hours: number): string => new Date(NOON + hours * 3_600_000).toISOString()

describe('what a recovery says', () => {
  const source = (text: string | null): CommitmentRow['source'] => ({ contact_id: 'c', reference: 'C-1', channel: 'email', interaction_id: null, author_name: null, text, at: null })

  it('is the score, and the words for who may see the contact', () => {
    expect(textOf({ kind: 'recovery', text: '2 / 5', source: source(' three times ') })).toBe('2 / 5: three times')
    expect(textOf({ kind: 'recovery', text: '2 / 5', source: source('') })).toBe('2 / 5')
    expect(textOf({ kind: 'recovery', text: '2 / 5', source: null })).toBe('2 / 5')
  })

  it('is nothing of what other promises come from', () => {
    expect(textOf({ kind: 'callback', text: 'Call back', source: source('please call') })).toBe('Call back')
  })
})

describe('prices', () => {
  it('are read as people type them', () => {
    expect(minorOf('2999', 'CNY')).toBe(299_900)
    expect(minorOf('2,999.5', 'CNY')).toBe(299_950)
    expect(minorOf(' 2 999.50 ', 'CNY')).toBe(299_950)
    expect(minorOf('２９９９', 'CNY')).toBe(299_900)
    expect(minorOf('500', 'JPY')).toBe(500)
  })

  it('are refused where they are none, or finer than the money', () => {
    for (const typed of ['', '-1', 'abc', '1.234', '1e5', '1.2.3']) expect(minorOf(typed, 'CNY')).toBeNull()
    expect(minorOf('1.5', 'JPY')).toBeNull()
  })

  it('are shown in their currency', () => {
    expect(price(299_950, 'CNY', 'zh-CN')).toContain('2,999.50')
    expect(price(500, 'JPY', 'en')).toContain('500')
    expect(decimalsOf('no currency')).toBe(2)
    expect(price(100, 'no', 'en')).toBe('1 no')
  })
})

describe('times', () => {
  it('are a window or a moment', () => {
    const visit = { due_at: at(4), window_from: at(2), window_until: at(4) }
    expect(whenOf(visit, NOON, 'en')).toBe('14:00–16:00')
    expect(whenOf({ ...visit, window_from: null, window_until: null }, NOON, 'en')).toBe('16:00')
    expect(whenOf({ ...visit, window_until: at(26) }, NOON, 'en')).toMatch(/^14:00–\w+/u)
  })

  it('are past for what is broken, and for what nobody has marked yet', () => {
    expect(isLate({ due_at: at(-1), state: 'open' }, NOON)).toBe(true)
    expect(isLate({ due_at: at(1), state: 'broken' }, NOON)).toBe(true)
    expect(isLate({ due_at: at(-1), state: 'kept' }, NOON)).toBe(false)
  })

  it('and shares are shown in the language', () => expect(percent(0.9, 'en')).toBe('90%'))
})
