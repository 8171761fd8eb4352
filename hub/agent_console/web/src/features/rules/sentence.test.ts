import { describe, expect, it } from 'vitest'

import en from '@/i18n/rules/en.json'
import { ruleWords } from './sentence'

const texts = en as unknown as Record<string, unknown>
function say(key: string, values: Record<string, unknown> = {}): string {
  const found = key.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], texts)
  return typeof found === 'string' ? found.replace(/\{(\w+)\}/gu, (_, name: string) => String(values[name])) : key
}
const words = (rule: Record<string, unknown>): string => ruleWords(rule, say, (minor) => `¥${minor / 100}`, (share) => `${share * 100} %`)

describe('a rule in words', () => {
  it('names fields, figures and what joins them', () => {
    expect(words({ all: [{ field: 'best', is: true }, { field: 'profit', at_least: 100 }] })).toBe('one of the best and profit at least ¥1')
    expect(words({ any: [{ field: 'share_above', below: 0.5 }, { not: { field: 'loss_making', is: true } }] })).toBe(
      'revenue share of those above below 50 % or not cost review',
    )
    expect(words({ field: 'last_order', at_least: 90 })).toBe('last order at least 90 days ago')
    expect(words({ field: 'language', is: ['en', 'de'] })).toBe('language is en, de')
  })

  it('puts groups in brackets', () => {
    expect(words({ all: [{ field: 'tail', is: true }, { any: [{ field: 'orders', below: 2 }, { field: 'stage', known: false }] }] })).toBe(
      'in the tail and (orders below 2 or stage not known)',
    )
  })

  it('shows what it cannot read as it is', () => {
    expect(words({ odd: 1 })).toBe('{"odd":1}')
    expect(words({ field: 'invented', is: true })).toBe('invented')
  })
})
