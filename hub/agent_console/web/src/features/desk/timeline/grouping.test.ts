import { describe, expect, it } from 'vitest'

import type { Interaction } from '@/shared/api/types'
import { linesOf, unansweredOf } from './grouping'

const entry = (values: Partial<Interaction>): Interaction =>
  ({ id: 'mail', contact_id: 'c', kind: 'message', direction: 'in', author_id: null, meta: {}, ...values }) as Interaction

const called = (outcome: string): Interaction => entry({ id: 'call', kind: 'call', direction: 'out', author_id: 'me', meta: { outcome } })

describe('what is unanswered', () => {
  it('is answered by a call of ours only if somebody picked up', () => {
    expect(unansweredOf([entry({}), called('no_answer')])).toEqual(new Set(['mail']))
    expect(unansweredOf([entry({}), called('answered')])).toEqual(new Set())
  })

  it('is answered by a call that came in', () => {
    expect(unansweredOf([entry({}), entry({ id: 'call', kind: 'call' })])).toEqual(new Set())
  })
})

describe('what was kept long enough', () => {
  const gone = (id: string, contact: string): Interaction => entry({ id, contact_id: contact, conversation_id: 'v', at: '2026-03-10T06:00:00Z', meta: { code: 'expired', days: 90 } })
  const said = entry({ id: 'said', contact_id: 'd', conversation_id: 'v', at: '2026-03-10T06:00:00Z' })

  it('is one line for each contact', () => {
    const lines = linesOf([gone('a', 'c'), gone('b', 'c'), gone('e', 'd'), said])
    expect(lines.flatMap((line) => (line.type === 'entry' ? [line.entry.id] : []))).toEqual(['a', 'e', 'said'])
  })
})
