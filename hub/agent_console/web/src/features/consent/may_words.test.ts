import { describe, expect, it } from 'vitest'

import { mayWords } from './may_words'

const t = (key: string, values: Record<string, unknown> = {}): string => [key, ...Object.values(values)].join(' ')

describe('why somebody may be reached or not', () => {
  it('says why, and from when on', () => {
    expect(mayWords({ answer: 'permit', why: 'allowed', until: null }, t, 'en')).toBe('consent.may.permit')
    expect(mayWords({ answer: 'refused', why: 'opted_out', until: null }, t, 'en')).toBe('consent.may.opted_out')
    const later = mayWords({ answer: 'later', why: 'quiet_hours', until: '2026-03-11T01:00:00Z' }, t, 'en')
    expect(later).toMatch(/^consent\.may\.until consent\.may\.quiet_hours .*2026/)
  })
})
