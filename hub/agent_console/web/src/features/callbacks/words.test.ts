import { beforeAll, describe, expect, it } from 'vitest'

import { setLocale } from '@/i18n'
import { attemptOf, entryOf, lastOf, triedOf } from './words'

const NOW = Date.parse('2026-03-10T06:30:00Z')
const BRIEF = { attempt: 2, attempts: 3, last_at: '2026-03-10T06:05:00Z', last_outcome: 'no_answer', last_reason: null }

describe('words about callbacks', () => {
  beforeAll(() => setLocale('en'))

  it('names the attempt and how the one before ended', () => {
    expect(attemptOf(BRIEF)).toBe('Callback, attempt 2 of 3')
    expect(lastOf(BRIEF, NOW, 'en')).toMatch(/^before: No answer, \d\d:05$/)
    expect(lastOf({ ...BRIEF, last_at: null }, NOW, 'en')).toBe('')
  })

  it('counts what failed', () => {
    expect([0, 1, 2].map((failed) => triedOf({ failed }))).toEqual(['0 failed attempts', '1 failed attempt', '2 failed attempts'])
  })

  it('says what a system entry means, whoever did it', () => {
    const meta = { code: 'callback_failed', kind: 'kept_place', attempt: 1, attempts: 3, outcome: 'busy', reason: '', counts: true, at: '2026-03-10T06:45:00Z' }
    expect(entryOf(meta, '', NOW, 'en')).toMatch(/^Callback, attempt 1 of 3: Busy or declined\. From \d\d:45\.$/)
    expect(entryOf({ ...meta, counts: false, outcome: 'failed', reason: 'agent_no_answer', at: null }, '', NOW, 'en')).toContain('next agent')
    expect(entryOf({ ...meta, code: 'callback_cancelled', at: null, note: 'by mail' }, 'Ann', NOW, 'en')).toBe('Callback cancelled by Ann. by mail')
    expect(entryOf({ ...meta, code: 'callback_cancelled', by_customer: true, at: null }, '', NOW, 'en')).toBe('The customer wants no callback any more.')
    expect(entryOf({ ...meta, code: 'callback_placed', by_customer: true, at: null }, '', NOW, 'en')).toBe('The customer asks to be called back (keeps the place).')
    expect(entryOf({ ...meta, code: 'callback_dropped', at: null }, '', NOW, 'en')).toContain('reached us first')
    expect(entryOf({ ...meta, code: 'callback_put_off' }, '', NOW, 'en')).toContain('place is kept')
  })
})
