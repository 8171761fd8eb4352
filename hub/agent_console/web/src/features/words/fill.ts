import { escapeHtml } from '@/features/desk/composer/draft_html'
import type { Placeholders } from '@/shared/api/words'

/**
 * Texts with placeholders, as the hub reads them (hub/contacts/words/model.py): `{customer.name}` is filled in,
 * `{?Date of visit}` asked for, `{?Model|A|B}` with a choice. A name nobody knows stays, to be seen and mended.
 */
export const NAMES = [
  'customer.name',
  'customer.organisation',
  'agent.name',
  'contact.reference',
  'contact.subject',
  'queue.name',
  'organisation',
  'commitment.date',
  'commitment.text',
  'today',
] as const

const ALIASES: Record<string, string> = {
  customer: 'customer.name',
  customer_name: 'customer.name',
  agent: 'agent.name',
  agent_name: 'agent.name',
  reference: 'contact.reference',
  subject: 'contact.subject',
  queue: 'queue.name',
  company: 'organisation',
}
const PLACEHOLDER = /\{\{\s*([\w.]+)\s*\}\}|\{\s*([\w.]+)\s*\}|\{\{?\s*\?([^{}]*)\}\}?/gu

export interface Question {
  label: string
  choices: string[]
}

/** What texts ask for, each once, in their order. */
export function questionsIn(...texts: string[]): Question[] {
  const found = new Map<string, Question>()
  for (const text of texts) {
    for (const match of text.matchAll(PLACEHOLDER)) {
      if (match[3] === undefined) continue
      const [label = '', ...choices] = match[3].split('|').map((one) => one.trim())
      if (label && !found.has(label)) found.set(label, { label, choices: choices.filter(Boolean) })
    }
  }
  return [...found.values()]
}

/** Names in a text that nobody fills in. A text of old may have some: they are asked for. */
export function unknownIn(text: string): string[] {
  const names = [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? match[2] ?? '')
  return [...new Set(names.filter((name) => name !== '' && !(NAMES as readonly string[]).includes(ALIASES[name] ?? name)))]
}

/** Placeholders of a formatted text in which the formatting changes midway: nobody would find them there. */
export function brokenIn(html: string): string[] {
  const lines = html.split(/<\/?(?:p|li|ul|ol|blockquote|br)\b[^<>]*>/u)
  const within = (pieces: string[]): string[] => pieces.flatMap((piece) => [...piece.matchAll(PLACEHOLDER)].map((match) => match[0]))
  return lines.flatMap((line) => {
    const found = within(line.split(/<[^<>]*>/u))
    return within([line.replace(/<[^<>]*>/gu, '')]).filter((one) => !found.includes(one))
  })
}

/** Placeholders that are known and have no value here: to be written by hand. */
export function missingIn(text: string, values: Record<string, string>): string[] {
  const names = [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? match[2] ?? '').filter(Boolean)
  return [...new Set(names.map((name) => ALIASES[name] ?? name))].filter((name) => values[name] === undefined)
}

export interface Filling {
  values: Record<string, string>
  answers: Record<string, string>
}

export function fill(text: string, { values, answers }: Filling): string {
  return text.replace(PLACEHOLDER, (all: string, double?: string, single?: string, question?: string) => {
    if (question !== undefined) return answers[question.split('|')[0]!.trim()] || all
    const name = double ?? single ?? ''
    return values[ALIASES[name] ?? name] ?? (answers[ALIASES[name] ?? name] || all)
  })
}

/** The same in HTML: what is filled in is text, whatever it looks like. */
export function fillHtml(html: string, filling: Filling): string {
  const escaped = (from: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(from).map(([name, value]) => [name, escapeHtml(value)]))
  const answers = Object.fromEntries(Object.entries(filling.answers).map(([label, value]) => [escapeHtml(label), escapeHtml(value)]))
  return fill(html, { values: escaped(filling.values), answers: { ...escaped(filling.answers), ...answers } })
}

/** What placeholders stand for, written as the language of the text does, on the customer's clock. */
export function valuesOf(known: Placeholders, language: string, now: Date): Record<string, string> {
  const zone = { timeZone: known.zone }
  const due = known.commitment_at === null ? null : new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', ...zone }).format(new Date(known.commitment_at))
  return {
    ...known.values,
    'queue.name': language.startsWith('zh') ? known.queue_zh : known.queue_en,
    ...(due === null ? {} : { 'commitment.date': due }),
    today: new Intl.DateTimeFormat(language, { dateStyle: 'long', ...zone }).format(now),
  }
}
