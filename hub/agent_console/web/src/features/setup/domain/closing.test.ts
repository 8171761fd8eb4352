import { describe, expect, it } from 'vitest'

import type { Used } from '@/shared/api/setup_types'
import { aQueue, aReason, aSetup } from './a_setup'
import { askersOf, closingSetup, forgetField, newField, putBackWord, removedWord, retiredOf } from './closing'

const serial = newField({ key: 'serial', zh: '序列号', en: 'Serial number' })
const ask = (field: string, required = true): { field: string; required: boolean } => ({ field, required })
const line = (id: string, parent_id: string | null, retired: boolean, used: number) => ({ id, zh: id, en: id, parent_id, retired, used })

describe('what closing asks for', () => {
  it('is asked below a reason, too, as the nearest says it', () => {
    const setup = aSetup({
      queues: [aQueue('support')],
      reasons: [aReason('repair', [aReason('visit', [], { asks: [ask('serial', false)] }), aReason('moved', [], { code: 'old/moved' })], { asks: [ask('serial'), ask('note')] })],
      closing_fields: [serial],
    })
    const drawn = closingSetup(setup)
    expect(drawn.reasons.map((one) => [one.id, one.parent_id, one.asks])).toEqual([
      ['repair', null, [ask('serial'), ask('note')]],
      ['repair/visit', 'repair', [ask('serial', false), ask('note')]],
      ['old/moved', 'repair', [ask('serial'), ask('note')]],
    ])
    expect(drawn.closing_fields[0]).toMatchObject({ id: 'serial', kind: 'text', longest: 200 })
  })

  it('is asked by nobody once its field is gone', () => {
    const setup = aSetup({ reasons: [aReason('repair', [aReason('visit', [], { asks: [ask('serial'), ask('note')] })])], outcomes: [{ key: 'solved', zh: '', en: '', asks: [ask('serial')] }] })
    expect(askersOf(setup, 'serial').map((one) => one.key)).toEqual(['visit', 'solved'])
    forgetField(setup, 'serial')
    expect(askersOf(setup, 'serial')).toEqual([])
    expect(setup.reasons[0]!.children[0]!.asks).toEqual([ask('note')])
  })
})

describe('what was taken out of a list', () => {
  it('stands where it stood again, and is asked for again by who is still there', () => {
    const whole = () =>
      aSetup({
        closing_fields: [newField({ key: 'cause', zh: '', en: '' }), serial],
        reasons: [aReason('repair', [aReason('visit', [], { asks: [ask('note'), ask('serial', false)] })]), aReason('order', [], { asks: [ask('serial')] })],
        outcomes: [{ key: 'solved', zh: '', en: '', asks: [ask('serial'), ask('note')] }],
      })
    const setup = whole()
    const kept = removedWord(setup, 'closing_fields', 1)
    forgetField(setup, 'serial')
    setup.closing_fields.splice(1, 1)
    expect(putBackWord(setup, 'closing_fields', kept)).toBe(true)
    expect(setup).toEqual(whole())
    expect(putBackWord(setup, 'closing_fields', kept)).toBe(false)
    forgetField(setup, 'serial')
    setup.closing_fields.splice(0, 2)
    setup.reasons.splice(1, 1)
    setup.outcomes[0]!.asks = [ask('serial', false)] // by hand meanwhile
    expect(putBackWord(setup, 'closing_fields', kept)).toBe(true)
    expect(setup.reasons[0]!.children[0]!.asks).toEqual([ask('note'), ask('serial', false)])
    expect(setup.outcomes[0]!.asks).toEqual([ask('serial', false)])
  })
})

describe('what is retired', () => {
  const used: Used = { reasons: [line('a', null, false, 3), line('a/b', 'a', true, 5)], outcomes: [line('x', null, true, 1)], next_actions: [line('visit', null, false, 7)], not_ready_reasons: [line('break', null, false, 9)], decline_reasons: [], most: 10_000 }

  it('is what the hub knows and the draft has not, moved ones by their code', () => {
    const before = aSetup({ reasons: [aReason('a')], next_actions: [{ key: 'visit', zh: '上门', en: 'Visit' }] })
    expect(retiredOf('reasons', aSetup({ reasons: [aReason('a')] }), before, used)).toEqual([{ key: 'a/b', zh: 'a/b', en: 'a/b', parent: 'a', used: 5 }])
    expect(retiredOf('reasons', aSetup({ reasons: [aReason('z', [aReason('b', [], { code: 'a/b' }), aReason('a', [], { code: 'a' })])] }), before, used)).toEqual([])
    expect(retiredOf('outcomes', aSetup(), before, used).map((one) => one.key)).toEqual(['x'])
    expect(retiredOf('next_actions', aSetup(), before, used)).toEqual([{ key: 'visit', zh: '上门', en: 'Visit', parent: null, used: 7 }])
    expect(retiredOf('next_actions', before, before, null)).toEqual([])
    const away = aSetup({ not_ready_reasons: [{ key: 'break', zh: '小休', en: 'Break' }] })
    expect(retiredOf('not_ready_reasons', aSetup(), away, used)).toEqual([{ key: 'break', zh: '小休', en: 'Break', parent: null, used: 9 }])
  })

  it('is also what was there before, where the hub has not told', () => {
    const before = aSetup({ reasons: [aReason('a', [aReason('b', [], { code: 'old/b' })]), aReason('n')], outcomes: [{ key: 'solved', zh: '已解决', en: 'Solved', asks: [] }] })
    const gone = (key: string, parent: string | null): unknown => expect.objectContaining({ key, parent, used: 0 })
    expect(retiredOf('reasons', aSetup(), before, null)).toEqual([gone('a', null), gone('old/b', 'a'), gone('n', null)])
    expect(retiredOf('reasons', aSetup({ reasons: [aReason('a')] }), before, used).map((one) => one.key)).toEqual(['a/b', 'old/b', 'n'])
    expect(retiredOf('reasons', before, before, null)).toEqual([])
    expect(retiredOf('outcomes', aSetup(), before, null)).toEqual([{ key: 'solved', zh: '已解决', en: 'Solved', parent: null, used: 0 }])
    expect(retiredOf('outcomes', aSetup(), before, used).map((one) => one.key)).toEqual(['x', 'solved'])
  })
})
