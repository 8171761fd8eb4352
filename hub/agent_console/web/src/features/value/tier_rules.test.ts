import { describe, expect, it } from 'vitest'

import type { RuleForm } from '@/shared/api/groups'
import type { RuleDocument } from '@/shared/api/value'
import { changesOf, newRule, placeOf, readSheet, shareOf, sheetFaults, textOf, toDocument, type RuleSheet } from './tier_rules'

const FORM: RuleForm = {
  fields: { best: 'flag', profit: 'number', share_above: 'number', orders: 'number' },
  loyalty: [],
  currency: 'CNY',
  may_change: true,
  max_conditions: 50,
  max_depth: 6,
  max_choices: 200,
}
const GOLD = { tier: 'gold', when: { all: [{ field: 'best', is: true }, { field: 'profit', at_least: 1 }] }, keep: { field: 'share_above', below: 0.85 } }
const LOW = { tier: 'low', when: { field: 'orders', below: 1 } }
const WHOLE: RuleDocument = { tiers: [GOLD, LOW], best_share: 0.8, tail_share: 0.015, short_history: 'default' }
const sheetOf = (document: RuleDocument): RuleSheet => readSheet(document, FORM)!

describe('rules as a form', () => {
  it('come back as they were, with what was left out', () => {
    expect(toDocument(sheetOf(WHOLE))).toEqual(WHOLE)
    expect(toDocument(sheetOf({ tiers: [LOW] }))).toEqual({ tiers: [LOW], best_share: 0.8, tail_share: 0.01, short_history: 'not_lower' })
    expect([sheetOf(WHOLE).best_share, sheetOf(WHOLE).tail_share]).toEqual(['80', '1.5'])
  })

  it('are none where something in them would be lost', () => {
    const odd = [
      { ...WHOLE, more: 1 }, { tiers: {} }, { tiers: [{ ...GOLD, note: 'x' }] }, { tiers: [{ tier: 'gold' }] }, { tiers: [{ ...GOLD, keep: { odd: 1 } }] },
      { ...WHOLE, best_share: '80' }, { ...WHOLE, tail_share: 2 }, { ...WHOLE, short_history: 'else' }, { tiers: [null] }, { tiers: Array.from({ length: 21 }, () => LOW) },
    ]
    expect(odd.filter((document) => readSheet(document as unknown as RuleDocument, FORM) !== null)).toEqual([])
  })

  it('say what is wrong with their shares', () => {
    expect(['80', ' 12.5 %', '８０', '100', '101', '-1', '', 'all', '1e1'].map(shareOf)).toEqual([0.8, 0.125, 0.8, 1, null, null, null, null, null])
    expect(sheetFaults(sheetOf(WHOLE))).toEqual([])
    expect(sheetFaults({ ...sheetOf(WHOLE), best_share: '99', tail_share: '1.1' })).toEqual([{ at: 'tail_share', code: 'together' }])
    expect(sheetFaults({ ...sheetOf(WHOLE), best_share: '', tail_share: 'x' }).map((one) => one.at)).toEqual(['best_share', 'tail_share'])
    expect(sheetFaults({ ...sheetOf(WHOLE), rules: Array.from({ length: 21 }, () => newRule('gold')) }).map((one) => one.code)).toEqual(['many'])
  })

  it('are the same text when they say the same', () => {
    expect(textOf({ tiers: [{ when: LOW.when, tier: 'low' }] })).toBe(textOf({ short_history: 'not_lower', best_share: 0.8, tail_share: 0.01, tiers: [LOW] }))
    expect(textOf({ tiers: [LOW] })).not.toBe(textOf({ tiers: [GOLD] }))
    expect(textOf({ tiers: [LOW], odd: 1 } as unknown as RuleDocument)).not.toBe(textOf({ tiers: [LOW] }))
  })
})

describe('what differs between two versions', () => {
  it('is told rule by rule', () => {
    const after = { ...WHOLE, tiers: [{ ...LOW, keep: LOW.when }, { tier: 'rising', when: LOW.when }], best_share: 0.7 }
    expect(changesOf(WHOLE, after).map((one) => [one.kind, one.tier])).toEqual([['keep', 'low'], ['added', 'rising'], ['removed', 'gold'], ['best_share', undefined]])
    expect(changesOf(WHOLE, { ...WHOLE, tiers: [LOW, GOLD] })).toEqual([{ kind: 'order', after: ['low', 'gold'] }])
    expect(changesOf(WHOLE, { ...WHOLE, tiers: [GOLD, LOW, LOW] }).map((one) => one.kind)).toEqual(['added'])
    expect(changesOf({ tiers: [] }, { tiers: [], best_share: 0.8, tail_share: 0.01, short_history: 'not_lower' })).toEqual([])
  })
})

it('finds the place that the hub names', () => {
  expect(placeOf('tiers[1].when.all[0].is')).toEqual({ rule: 1, part: 'when', path: 'rule.all[0].is' })
  expect(placeOf('tiers[0].tier')).toEqual({ rule: 0, part: 'tier', path: 'rule' })
  expect(placeOf('best_share')).toBeNull()
})
