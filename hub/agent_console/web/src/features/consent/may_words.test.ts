import { describe, expect, it } from 'vitest'

import { mayWords } from './may_words'

const NOW = Date.parse('2026-03-08T12:00:00Z')
const t = (key: string, values: Record<string, unknown> = {}): string => [key, ...Object.values(values)].join(' ')

describe('why somebody may be reached or not', () => {
  it('says why, and from when on', () => {
    expect(mayWords({ answer: 'permit', why: 'allowed', until: null }, t, 'en', NOW)).toBe('consent.may.permit')
    expect(mayWords({ answer: 'refused', why: 'opted_out', until: null }, t, 'en', NOW)).toBe('consent.may.opted_out')
    const later = mayWords({ answer: 'later', why: 'quiet_hours', until: '2026-03-11T01:00:00Z' }, t, 'en', NOW)
    expect(later).toMatch(/^consent\.may\.until consent\.may\.quiet_hours (Tue|Wed) \d\d:\d\d$/)
  })
})
