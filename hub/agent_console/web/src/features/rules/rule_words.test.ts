import { beforeAll, expect, it } from 'vitest'

import { loadTexts, LOCALES, setLocale, texts } from '@/i18n'
import { optionsOf, sentenceOf, type Vocabulary } from './rule_words'

const OF: Vocabulary = {
  form: { fields: {}, loyalty: [{ id: 'fan', zh: '粉丝', en: 'Fan' }], currency: 'CNY', may_change: true, max_conditions: 50, max_depth: 6, max_choices: 200 },
  tiers: [{ value: 'gold', label: 'Gold' }],
  branches: [],
  users: [{ id: 'u1', name: 'Li' }],
  zh: false,
  say: texts.t,
}
beforeAll(() => Promise.all([setLocale('en'), loadTexts('rules'), loadTexts('value')]))

it('says a rule with the names of what it asks for', () => {
  const rule = { all: [{ field: 'tier', is: ['gold', 'gone'] }, { not: { field: 'standing', is: ['dormant'] } }, { any: [{ field: 'owner', is: ['u1'] }, { field: 'loyalty', is: ['fan'] }] }] }
  expect(sentenceOf(rule, OF, String, String)).toBe('tier is Gold, gone and not how they buy is Dormant and (owner is Li or loyalty is Fan)'.replace('how they buy', texts.t('rules.name.standing')))
})

it.each(LOCALES)('has a word for everything that can be chosen in %s', async (locale) => {
  await setLocale(locale)
  for (const field of ['kind', 'reached_by', 'channels', 'stage', 'standing', 'named_segment']) {
    const options = optionsOf(field, OF)
    expect(options?.filter((one) => one.label.includes('.'))).toEqual([])
  }
  expect(optionsOf('sources', OF)).toBeNull()
})
