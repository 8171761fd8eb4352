/** A rule as a sentence. Pure: the texts are given. */
import type { Condition } from '@/shared/api/value'
import { isMoney, isShare } from './figures'

type Say = (key: string, values?: Record<string, unknown>) => string

const DAYS = new Set(['known_since', 'last_contact', 'last_order'])

/** What a field is called; by its own name where it has none in this language. */
export function fieldName(field: string, say: Say): string {
  const key = `rules.name.${field}`
  const name = say(key)
  return name === key ? field : name
}

/** A rule as a sentence: "profit at least ¥1.00 and one of the best". What cannot be read is shown as it is. */
export function ruleWords(rule: Condition | undefined, say: Say, money: (minor: number) => string, percent: (share: number) => string): string {
  if (!rule) return ''
  for (const word of ['all', 'any'] as const) {
    const parts = rule[word]
    if (!Array.isArray(parts)) continue
    const words = (parts as Condition[]).map((part) => {
      const text = ruleWords(part, say, money, percent)
      return 'all' in part || 'any' in part ? `(${text})` : text
    })
    return words.join(say(`rules.said.${word}`))
  }
  if (typeof rule['not'] === 'object' && rule['not'] !== null) return say('rules.said.not', { rule: ruleWords(rule['not'] as Condition, say, money, percent) })
  const field = rule['field']
  const asks = Object.keys(rule).find((key) => key !== 'field')
  if (typeof field !== 'string' || !asks) return JSON.stringify(rule)
  return condition(field, asks, rule[asks], say, money, percent)
}

function condition(field: string, asks: string, wanted: unknown, say: Say, money: (minor: number) => string, percent: (share: number) => string): string {
  const name = fieldName(field, say)
  if (asks === 'known') return say(wanted ? 'rules.said.known' : 'rules.said.unknown', { field: name })
  if (typeof wanted === 'boolean') return wanted ? name : say('rules.said.not', { rule: name })
  if (Array.isArray(wanted)) return say('rules.said.is', { field: name, words: wanted.join(', ') })
  if (typeof wanted !== 'number') return JSON.stringify({ field, [asks]: wanted })
  const figure = isMoney(field) ? money(wanted) : isShare(field) ? percent(wanted) : String(wanted)
  const way = DAYS.has(field) ? `${asks}_days` : asks
  return say(`rules.said.${way}`, { field: name, figure })
}
