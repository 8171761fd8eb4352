import { describe, expect, it } from 'vitest'

import type { CommitmentRow } from '@/shared/api/commitments'
import { inOrder, isOverdue, priceHolds, scoreOf } from './promised'

const NOW = Date.parse('2026-03-10T09:00:00Z')
const one = (id: string, over: Partial<CommitmentRow>): CommitmentRow => ({ id, kind: 'callback', state: 'open', due_at: '2026-03-11T09:00:00Z', ...over }) as CommitmentRow

describe('what was promised to a customer', () => {
  it('begins with who is to be won back, then what is late', () => {
    const rows = [
      one('soon', { due_at: '2026-03-10T10:00:00Z' }),
      one('late', { due_at: '2026-03-09T10:00:00Z' }),
      one('broken', { due_at: '2026-03-12T10:00:00Z', state: 'broken' }),
      one('win back', { kind: 'recovery', due_at: '2026-03-20T10:00:00Z' }),
    ]
    expect(inOrder(rows, NOW).map((row) => row.id)).toEqual(['win back', 'late', 'broken', 'soon'])
    expect(rows.map((row) => row.id)).toEqual(['soon', 'late', 'broken', 'win back']) // the answer itself stays
  })

  it('is late once its time is over, or the hub says so', () => {
    expect(isOverdue(one('a', { due_at: '2026-03-10T08:59:59Z' }), NOW)).toBe(true)
    expect(isOverdue(one('a', {}), NOW)).toBe(false)
    expect(isOverdue(one('a', { state: 'broken' }), NOW)).toBe(true)
  })

  it('holds a price until its day', () => {
    expect(priceHolds(one('a', { kind: 'quote', valid_until: '2026-03-10T09:00:01Z' }), NOW)).toBe(true)
    expect(priceHolds(one('a', { kind: 'quote', valid_until: '2026-03-10T09:00:00Z' }), NOW)).toBe(false)
    expect(priceHolds(one('a', { kind: 'quote', valid_until: null }), NOW)).toBeNull()
    expect(priceHolds(one('a', { valid_until: '2026-03-01T09:00:00Z' }), NOW)).toBeNull()
  })
})

describe('a recovery', () => {
  it('says the score and the words', () => {
    expect(scoreOf('1 / 5: 三次都没修好')).toEqual({ score: 1, said: '三次都没修好' })
    expect(scoreOf('2 / 5')).toEqual({ score: 2, said: '' })
    expect(scoreOf('1 / 5: a: b\nc')).toEqual({ score: 1, said: 'a: b\nc' })
  })

  it('leaves what somebody wrote as it is', () => {
    expect(scoreOf('Call them: 1 / 5')).toBeNull()
    expect(scoreOf('9 / 5')).toBeNull()
  })
})
