/** A rule while it is written: lines and blocks with what was typed, and what is wrong with it. Pure. */
import type { Kind, RuleForm } from '@/shared/api/groups'
import type { Condition } from '@/shared/api/value'
import { isMoney, isShare } from './figures'

/** One condition. `way`: what is asked ("is", "not_is", "known" …); only what its kind needs counts. */
export interface Line {
  id: number
  part: 'line'
  field: string
  way: string
  words: string[]
  typed: string
}

/** Several of them; `joins` with `none`: not one of them may hold. */
export interface Block {
  id: number
  part: 'block'
  joins: 'all' | 'any' | 'not_all' | 'not_any'
  parts: Part[]
}

export type Part = Line | Block

export interface RuleFault {
  id: number
  code: 'empty' | 'field' | 'words' | 'manyWords' | 'longWord' | 'number' | 'days' | 'deep' | 'many' | 'hub'
  values?: Record<string, unknown>
}

const ASKS: Record<Kind, string[]> = {
  choice: ['is', 'not_is', 'known', 'unknown'],
  choices: ['has', 'not_has', 'known', 'unknown'],
  number: ['at_least', 'below', 'known', 'unknown'],
  moment: ['at_least', 'below', 'known', 'unknown'],
  flag: ['yes', 'no', 'known', 'unknown'],
}
const MOST_DAYS = 36_525
const MOST_NUMBER = 10 ** 15
const LONGEST_WORD = 120

let last = 0
const nextId = (): number => ++last

/** What may be asked of a kind; a way that only a rule from elsewhere has is kept as it is. */
export function waysOf(kind: Kind | undefined, present = ''): string[] {
  const ways = kind ? ASKS[kind] : []
  return present && !ways.includes(present) ? [...ways, present] : ways
}

export const needsWords = (line: Line): boolean => ['is', 'not_is', 'has', 'not_has'].includes(line.way)
export const needsNumber = (line: Line): boolean => line.way.endsWith('at_least') || line.way.endsWith('below')

export function newLine(field: string, form: RuleForm): Line {
  return { id: nextId(), part: 'line', field, way: ASKS[form.fields[field] ?? 'choice'][0] ?? 'is', words: [], typed: '' }
}

export const newBlock = (joins: Block['joins'], parts: Part[] = []): Block => ({ id: nextId(), part: 'block', joins, parts })

/** Another field in a line: what was typed for the one before says nothing about it. */
export function withField(line: Line, field: string, form: RuleForm): Line {
  return { ...newLine(field, form), id: line.id }
}

/** A rule as a draft; the whole is always a block. `places`: decimals of the currency. */
export function fromRule(rule: Condition, form: RuleForm, places: number): Block {
  const part = read(rule, false, form, places)
  return part.part === 'block' ? part : newBlock('all', [part])
}

function read(rule: Condition, not: boolean, form: RuleForm, places: number): Part {
  for (const word of ['all', 'any'] as const) {
    const parts = rule[word]
    if (Array.isArray(parts)) return newBlock(not ? `not_${word}` : word, (parts as Condition[]).map((one) => read(one, false, form, places)))
  }
  if (typeof rule['not'] === 'object' && rule['not'] !== null) return read(rule['not'] as Condition, !not, form, places)
  const field = String(rule['field'] ?? '')
  const asks = Object.keys(rule).find((key) => key !== 'field') ?? 'is'
  const wanted = rule[asks]
  const line: Line = { id: nextId(), part: 'line', field, way: not ? `not_${asks}` : asks, words: [], typed: '' }
  if (asks === 'known') line.way = (wanted === true) !== not ? 'known' : 'unknown'
  else if (typeof wanted === 'boolean') line.way = not ? (wanted ? 'not_yes' : 'not_no') : wanted ? 'yes' : 'no'
  else if (Array.isArray(wanted)) line.words = wanted.map(String)
  else if (typeof wanted === 'number') line.typed = shown(field, wanted, places)
  return line
}

function shown(field: string, value: number, places: number): string {
  if (isMoney(field)) return String(value / 10 ** places)
  if (isShare(field)) return String(Math.round(value * 1e6) / 1e4)
  return String(value)
}

/** A typed number as the rule holds it; null where it is none. */
export function numberOf(field: string, typed: string, places: number): number | null {
  const clean = typed.normalize('NFKC').replace(/[\s,，%]/gu, '')
  if (!/^[-+]?\d+(\.\d+)?$/u.test(clean)) return null
  const value = Number(clean)
  if (isMoney(field)) return Math.round(value * 10 ** places)
  if (isShare(field)) return Math.round(value * 1e6) / 1e8
  return value
}

/** The draft as a rule; a number that cannot be read is 0: look at the faults first. */
export function toRule(part: Part, places: number): Condition {
  if (part.part === 'block') {
    const word = part.joins.endsWith('all') ? 'all' : 'any'
    return negated(part.joins.startsWith('not_'), { [word]: part.parts.map((one) => toRule(one, places)) })
  }
  const { field } = part
  if (part.way === 'known' || part.way === 'unknown') return { field, known: part.way === 'known' }
  const not = part.way.startsWith('not_')
  const asks = not ? part.way.slice(4) : part.way
  if (asks === 'yes' || asks === 'no') return negated(not, { field, is: asks === 'yes' })
  if (needsWords(part)) return negated(not, { field, [asks]: part.words })
  return negated(not, { field, [asks]: numberOf(field, part.typed, places) ?? 0 })
}

const negated = (not: boolean, rule: Condition): Condition => (not ? { not: rule } : rule)

/** Whether the editor can show a rule as it is: nothing is lost when it is written again. */
export function knows(rule: unknown, form: RuleForm): boolean {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) return false
  const keys = Object.keys(rule)
  const held = rule as Condition
  if (keys.length === 1 && keys[0] === 'not') return knows(held['not'], form)
  if (keys.length === 1 && (keys[0] === 'all' || keys[0] === 'any')) {
    const parts = held[keys[0]]
    return Array.isArray(parts) && parts.every((one) => knows(one, form))
  }
  const kind = typeof held['field'] === 'string' ? form.fields[held['field']] : undefined
  const asks = keys.find((key) => key !== 'field')
  return keys.length === 2 && kind !== undefined && asks !== undefined && mayAsk(kind, asks, held[asks])
}

function mayAsk(kind: Kind, asks: string, wanted: unknown): boolean {
  if (asks === 'known') return typeof wanted === 'boolean'
  if (kind === 'flag') return asks === 'is' && typeof wanted === 'boolean'
  if (kind === 'number' || kind === 'moment') return (asks === 'at_least' || asks === 'below') && typeof wanted === 'number'
  return asks === (kind === 'choice' ? 'is' : 'has') && Array.isArray(wanted) && wanted.every((word) => typeof word === 'string')
}

/** Everything that is wrong, each at its line or block, as the hub would find it (rules/model.py). */
export function faultsOf(root: Block, form: RuleForm, places: number): RuleFault[] {
  const faults: RuleFault[] = []
  let conditions = 0
  const look = (part: Part, depth: number): void => {
    const own = isNegated(part) ? depth + 1 : depth
    if (own > form.max_depth) return void faults.push({ id: part.id, code: 'deep', values: { most: form.max_depth } })
    if (part.part === 'line') {
      conditions += 1
      faults.push(...lineFaults(part, form, places))
      return
    }
    if (part.parts.length === 0) faults.push({ id: part.id, code: 'empty' })
    part.parts.forEach((one) => look(one, own + 1))
  }
  look(root, 1)
  if (conditions > form.max_conditions) faults.push({ id: root.id, code: 'many', values: { most: form.max_conditions } })
  return faults
}

const isNegated = (part: Part): boolean => (part.part === 'block' ? part.joins : part.way).startsWith('not_')

function lineFaults(line: Line, form: RuleForm, places: number): RuleFault[] {
  const kind = form.fields[line.field]
  if (!kind) return [{ id: line.id, code: 'field', values: { field: line.field } }]
  if (needsWords(line)) {
    if (line.words.length === 0) return [{ id: line.id, code: 'words' }]
    if (line.words.length > form.max_choices) return [{ id: line.id, code: 'manyWords', values: { most: form.max_choices } }]
    if (line.words.some((word) => word.length > LONGEST_WORD)) return [{ id: line.id, code: 'longWord', values: { most: LONGEST_WORD } }]
  }
  if (!needsNumber(line)) return []
  const value = numberOf(line.field, line.typed, places)
  if (value === null || Math.abs(value) > MOST_NUMBER) return [{ id: line.id, code: 'number' }]
  if (kind === 'moment' && (value < 0 || value > MOST_DAYS)) return [{ id: line.id, code: 'days', values: { most: MOST_DAYS } }]
  return []
}

/** The part at a place that the hub names ("rule.all[1].not.is"); the whole where it names none. */
export function partAt(root: Block, path: string): Part {
  let at: Part = root
  for (const [, index] of path.matchAll(/\[(\d+)\]/gu)) {
    if (at.part !== 'block') break
    const next: Part | undefined = at.parts[Number(index)]
    if (!next) break
    at = next
  }
  return at
}

/** Words that were typed with commas between them, each once. */
export function wordsOf(typed: string): string[] {
  return [...new Set(typed.normalize('NFC').split(/[,，、;；\n]/u).map((word) => word.trim()).filter(Boolean))]
}

/** The key of a new group from its name: what can stand in an address. */
export function keyOf(name: string, taken: string[]): string {
  const plain = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/gu, '-').replace(/^-+|-+$/gu, '').slice(0, 56) || 'group'
  for (let number = 1; ; number++) {
    const key = number === 1 ? plain : `${plain}-${number}`
    if (!taken.includes(key)) return key
  }
}
export const isKey = (key: string): boolean => /^[A-Za-z0-9_.-]{1,64}$/u.test(key)
