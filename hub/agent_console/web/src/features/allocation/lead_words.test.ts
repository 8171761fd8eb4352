import { describe, expect, it } from 'vitest'

import type { LeadTrace } from '@/shared/api/allocation'
import { levelOf, openOf } from './lead_words'

const lead = { to_id: 'u', touched_at: null, remind_at: '2026-03-10T12:00:00Z', due_at: '2026-03-10T14:00:00Z' }
const at = (iso: string): number => Date.parse(iso)

describe('how a new customer stands', () => {
  it('is calm until half of the time, and late from its end on', () => {
    expect(levelOf(lead, at('2026-03-10T11:59:59Z'))).toBe('calm')
    expect(levelOf(lead, at('2026-03-10T12:00:00Z'))).toBe('soon')
    expect(levelOf(lead, at('2026-03-10T13:59:59Z'))).toBe('soon')
    expect(levelOf(lead, at('2026-03-10T14:00:00Z'))).toBe('late')
  })

  it('is done once touched, and nobody is late who has nobody', () => {
    expect(levelOf({ ...lead, touched_at: '2026-03-10T13:00:00Z' }, at('2026-03-11T00:00:00Z'))).toBe('touched')
    expect(levelOf({ ...lead, to_id: null }, at('2026-03-11T00:00:00Z'))).toBe('nobody')
  })

  it('is the open one of a history', () => {
    const ended = { ended_as: 'recalled' } as LeadTrace
    const open = { ended_as: null } as LeadTrace
    expect(openOf([ended, open])).toBe(open)
    expect(openOf([ended])).toBeNull()
  })
})
