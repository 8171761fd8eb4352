import { describe, expect, it } from 'vitest'

import type { RuleForm } from '@/shared/api/groups'
import type { Condition } from '@/shared/api/value'
import { faultsOf, fromRule, isKey, keyOf, knows, newBlock, newLine, numberOf, partAt, toRule, waysOf, withField, wordsOf, type Block, type Line } from './rule_draft'

const FORM: RuleForm = {
  fields: { tier: 'choice', sources: 'choices', orders: 'number', revenue: 'number', trend: 'number', last_order: 'moment', best: 'flag' },
  loyalty: [],
  currency: 'CNY',
  may_change: true,
  max_conditions: 50,
  max_depth: 6,
  max_choices: 200,
}
const RULES: Condition[] = [
  { all: [{ field: 'tier', is: ['gold', 'silver'] }] },
  { any: [{ field: 'orders', at_least: 3 }, { not: { field: 'last_order', below: 90 } }] },
  { all: [{ not: { field: 'tier', is: ['gold'] } }, { field: 'best', is: false }, { not: { field: 'best', is: true } }] },
  { all: [{ field: 'revenue', below: 123456 }, { field: 'trend', at_least: -0.25 }, { field: 'tier', known: false }] },
  { not: { any: [{ field: 'sources', has: ['shop'] }, { all: [{ field: 'orders', known: true }] }] } },
  { all: [{ any: [{ not: { all: [{ field: 'orders', below: 1 }] } }] }] },
]
const draftOf = (rule: Condition): Block => fromRule(rule, FORM, 2)

describe('a rule as a draft', () => {
  it.each(RULES.map((rule) => [JSON.stringify(rule), rule] as const))('comes back as it was: %s', (_, rule) => {
    expect(toRule(draftOf(rule), 2)).toEqual(rule)
    expect(faultsOf(draftOf(rule), FORM, 2)).toEqual([])
  })

  it('stands in a block, and says the same without needless nots', () => {
    expect(toRule(draftOf({ field: 'orders', at_least: 1 }), 2)).toEqual({ all: [{ field: 'orders', at_least: 1 }] })
    expect(toRule(draftOf({ not: { not: { field: 'tier', is: ['gold'] } } }), 2)).toEqual({ all: [{ field: 'tier', is: ['gold'] }] })
    expect(toRule(draftOf({ not: { field: 'orders', known: true } }), 2)).toEqual({ all: [{ field: 'orders', known: false }] })
  })

  it('shows money in whole units and shares in percent', () => {
    const [revenue, trend] = draftOf(RULES[3] as Condition).parts as Line[]
    expect([revenue?.typed, trend?.typed]).toEqual(['1234.56', '-25'])
    expect(numberOf('revenue', '1,234.56', 2)).toBe(123456)
    expect(numberOf('revenue', '１２３４', 0)).toBe(1234)
    expect(numberOf('trend', '12.5 %', 2)).toBe(0.125)
    expect(['', 'many', '1e9', '--1', '1.'].map((typed) => numberOf('orders', typed, 2))).toEqual([null, null, null, null, null])
  })

  it('keeps a way that only a rule from elsewhere has, and forgets what was typed with another field', () => {
    expect(waysOf('number', 'not_below')).toContain('not_below')
    expect(waysOf('number', 'below')).toEqual(['at_least', 'below', 'known', 'unknown'])
    const line = { ...newLine('tier', FORM), words: ['gold'] }
    expect(withField(line, 'orders', FORM)).toEqual({ id: line.id, part: 'line', field: 'orders', way: 'at_least', words: [], typed: '' })
  })
})

describe('what the editor can show', () => {
  it.each(RULES.map((rule) => [JSON.stringify(rule), rule] as const))('is every rule that it can write: %s', (_, rule) => {
    expect(knows(rule, FORM)).toBe(true)
  })

  it('is nothing that it would lose', () => {
    const odd = [null, [], 'x', {}, { odd: 1 }, { field: 'gone', is: ['x'] }, { field: 'tier', is: ['x'], why: 'y' }, { field: 'tier', has: ['x'] }, { field: 'orders', at_least: '3' }, { all: [{ field: 'tier', is: [1] }] }, { all: [], any: [] }, { not: 1 }, { field: 'best', at_least: 1 }]
    expect(odd.filter((rule) => knows(rule, FORM))).toEqual([])
  })
})

describe('what is wrong with it', () => {
  const faults = (...parts: Block['parts']): string[] => faultsOf(newBlock('all', parts), FORM, 2).map((one) => one.code)
  const line = (field: string, change: Partial<Line> = {}): Line => ({ ...newLine(field, FORM), ...change })

  it('is said at each line', () => {
    expect(faults()).toEqual(['empty'])
    expect(faults(newBlock('any'))).toEqual(['empty'])
    expect(faults(line('tier'), line('orders'), line('orders', { way: 'known' }))).toEqual(['words', 'number'])
    expect(faults(line('gone'))).toEqual(['field'])
    expect(faults(line('last_order', { typed: '-1' }), line('last_order', { typed: '36526' }), line('last_order', { typed: '0' }))).toEqual(['days', 'days'])
    expect(faults(line('orders', { typed: '9'.repeat(17) }))).toEqual(['number'])
    expect(faults(line('sources', { words: ['x'.repeat(121)] }))).toEqual(['longWord'])
    expect(faults(line('sources', { words: Array.from({ length: 201 }, (_, n) => `w${n}`) }))).toEqual(['manyWords'])
  })

  it('counts conditions and depth as the hub does, a "not" included', () => {
    expect(faults(...Array.from({ length: 51 }, () => line('best')))).toEqual(['many'])
    const nested = (depth: number, inner: Block['parts'][number]): Block['parts'][number] => (depth === 0 ? inner : newBlock('all', [nested(depth - 1, inner)]))
    expect(faults(nested(4, line('best')))).toEqual([])
    expect(faults(nested(4, line('tier', { way: 'not_is', words: ['gold'] })))).toEqual(['deep'])
    expect(faults(nested(5, line('best')))).toEqual(['deep'])
  })

  it('is found at the place the hub names', () => {
    const draft = draftOf({ all: [{ field: 'orders', at_least: 1 }, { not: { any: [{ field: 'tier', is: ['x'] }, { field: 'best', is: true }] } }] })
    expect(partAt(draft, 'rule')).toBe(draft)
    expect(partAt(draft, 'rule.all[0].at_least')).toBe(draft.parts[0])
    expect(partAt(draft, 'rule.all[1].not.any[1].is')).toBe((draft.parts[1] as Block).parts[1])
    expect(partAt(draft, 'rule.all[9]')).toBe(draft)
  })
})

it('takes words with commas of any kind, each once', () => {
  expect(wordsOf(' shop，web, shop、 门店 ;;')).toEqual(['shop', 'web', '门店'])
})

it('makes a key that can stand in an address and is not taken', () => {
  expect(keyOf('Gold, silent for 90 days!', [])).toBe('gold-silent-for-90-days')
  expect(keyOf('沉睡客户', ['group'])).toBe('group-2')
  expect(keyOf('Café', ['cafe', 'cafe-2'])).toBe('cafe-3')
  expect([isKey('a.b_c-1'), isKey('a b'), isKey(''), isKey('x'.repeat(65))]).toEqual([true, false, false, false])
})
