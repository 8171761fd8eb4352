/** Words of rules: the names of what may be chosen, and a rule as a sentence. */
import type { RuleForm } from '@/shared/api/groups'
import type { User } from '@/shared/api/people'
import type { Condition } from '@/shared/api/value'
import { ruleWords } from './sentence'

export interface Option {
  value: string
  label: string
}

export interface Vocabulary {
  form: RuleForm
  tiers: Option[]
  branches: Option[]
  users: Pick<User, 'id' | 'name'>[]
  zh: boolean
  say: (key: string, values?: Record<string, unknown>) => string
}

const WORDS: Record<string, { key: string; words: string[] }> = {
  kind: { key: 'rules.kind', words: ['person', 'organisation'] },
  channels: { key: 'channel', words: ['phone', 'webchat', 'email', 'fax', 'sms'] },
  reached_by: { key: 'rules.address', words: ['email', 'phone', 'fax', 'visitor', 'external'] },
  stage: { key: 'rules.stage', words: ['unidentified', 'prospect', 'opportunity', 'ordering', 'user'] },
  standing: { key: 'rules.standing', words: ['none', 'first_time', 'repeat', 'loyal', 'advocate', 'dormant', 'lost'] },
  named_segment: {
    key: 'value.named',
    words: ['champions', 'loyal', 'potential_loyal', 'new', 'promising', 'need_attention', 'about_to_sleep', 'at_risk', 'cannot_lose', 'hibernating', 'lost'],
  },
}

/** What may be chosen of a field; null: any words, they are typed. */
export function optionsOf(field: string, of: Vocabulary): Option[] | null {
  if (field === 'tier') return of.tiers
  if (field === 'branch') return of.branches
  if (field === 'owner') return of.users.map((one) => ({ value: one.id, label: one.name }))
  if (field === 'loyalty') return of.form.loyalty.map((one) => ({ value: one.id, label: of.zh ? one.zh : one.en }))
  const known = WORDS[field]
  return known ? known.words.map((value) => ({ value, label: of.say(`${known.key}.${value}`) })) : null
}

/** A rule as a sentence with the names of what it asks for. */
export function sentenceOf(rule: Condition, of: Vocabulary, money: (minor: number) => string, percent: (share: number) => string): string {
  return ruleWords(named(rule, of), of.say, money, percent)
}

function named(rule: Condition, of: Vocabulary): Condition {
  for (const word of ['all', 'any'] as const) {
    const parts = rule[word]
    if (Array.isArray(parts)) return { [word]: (parts as Condition[]).map((one) => named(one, of)) }
  }
  if (typeof rule['not'] === 'object' && rule['not'] !== null) return { not: named(rule['not'] as Condition, of) }
  const field = String(rule['field'])
  const options = optionsOf(field, of)
  const entries = Object.entries(rule).map(([key, value]) => {
    if (key === 'field' || !Array.isArray(value) || !options) return [key, value]
    return [key, value.map((word) => options.find((one) => one.value === word)?.label ?? String(word))]
  })
  return Object.fromEntries(entries) as Condition
}
