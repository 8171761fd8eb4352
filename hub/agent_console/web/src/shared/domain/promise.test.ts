import { describe, expect, it } from 'vitest'

import type { Urgency } from '@/shared/api/types'
import { promiseAt } from './promise'

const AT = '2026-11-24T08:00:00Z'
const urgency = (part: Partial<Urgency>): Urgency => ({ value: 0.5, at: AT, target_s: 60, waited_s: 30, running: true, ...part })
const later = (seconds: number): number => Date.parse(AT) + seconds * 1000

describe('a promise', () => {
  it('goes on by itself while it runs', () => {
    expect(promiseAt(urgency({}), later(30))).toEqual({ value: 1, leftS: 0, waitedS: 60, level: 'breach' })
  })

  it('stands still outside the hours', () => {
    expect(promiseAt(urgency({ running: false }), later(3600))).toMatchObject({ value: 0.5, leftS: 30, level: 'ok' })
  })

  it.each([
    [0.2, 'quiet'],
    [0.5, 'ok'],
    [0.85, 'warn'],
    [1.2, 'breach'],
  ])('at %d of it is %s', (value, level) => {
    expect(promiseAt(urgency({ value }), later(0)).level).toBe(level)
  })
})
