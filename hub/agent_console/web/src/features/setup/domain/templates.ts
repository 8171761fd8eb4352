import type { Template } from '@/shared/api/templates'
import type { EntryPointPart, SetupDocument, TemplateWords } from '@/shared/api/setup_types'
import { baseOf, nearest } from './near'

const NOTHING: TemplateWords = { subject: '', body: '' }
/** In these every template says something as usual. */
export const USUAL = ['zh-CN', 'en'] as const
/** Offered besides the languages of the set-up. */
const COMMON = ['ja', 'ko', 'fr', 'de', 'es', 'pt', 'ru', 'ar', 'vi', 'th', 'id', 'ms', 'zh-TW']

/** What the hub takes for a language (hub/customers/settings.py). */
const TAG = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/u

const stem = (language: string): string => language.split('-')[0]!.toLowerCase()

/** Whether a test of it can be mailed: what stands on a page, or is spoken, reads no better in a mail. */
export const isMailed = (template: Template): boolean => template.group !== 'page' && template.group !== 'phone'

/** How the set-up names a template at one entry point alone; at "" everywhere. */
export const nameAt = (key: string, at: string): string => (at === '' ? key : `${key}@${at}`)

/** The entry points at which a template may have words of its own. */
export const pointsOf = (setup: SetupDocument, template: Template): EntryPointPart[] => setup.entry_points.filter((one) => template.channels.includes(one.channel))

/** Every name of a template: everywhere, and at each entry point there is. */
export const namesOf = (setup: SetupDocument, key: string): string[] => [key, ...setup.entry_points.map((one) => nameAt(key, one.key))]

/** An entry point goes: what was said there alone goes along. */
export function forgetPoint(setup: SetupDocument, point: string): void {
  setup.templates = Object.fromEntries(Object.entries(setup.templates).filter(([name]) => !name.endsWith(`@${point}`)))
}

/** What the set-up itself says in a language; "" is as usual. */
export const ownWords = (setup: SetupDocument, key: string, language: string): TemplateWords => setup.templates[key]?.[language] ?? NOTHING

/**
 * What goes out where the set-up has nothing in this very language at this very place: language by language what is said
 * at the entry point, then everywhere; then the usual words.
 */
export function fallbackWords(setup: SetupDocument, template: Template, language: string, at = ''): TemplateWords {
  const own = setup.templates[nameAt(template.key, at)] ?? {}
  const general = at === '' ? {} : (setup.templates[template.key] ?? {})
  const others = Object.entries(own).filter(([one]) => one !== language)
  const behind = [Object.fromEntries(others), general]
  const tags = [...new Set(behind.flatMap((one) => Object.keys(one)))]
  const chain = nearest(tags, language).flatMap((one) => behind.flatMap((words) => words[one] ?? []))
  const first = (part: keyof TemplateWords): string => chain.find((one) => one[part])?.[part] ?? template.usual[baseOf(language)]![part]
  return { subject: first('subject'), body: first('body') }
}

/** What the set-up says instead of the usual in a language at an entry point; "" it says nothing of its own. */
export function changedWords(setup: SetupDocument, key: string, language: string, at: string): string {
  const behind = [setup.templates[nameAt(key, at)] ?? {}, setup.templates[key] ?? {}]
  const tags = nearest([...new Set(behind.flatMap((one) => Object.keys(one)))], language)
  return tags.flatMap((tag) => behind.map((words) => words[tag]?.body ?? '')).find((body) => body !== '') ?? ''
}

/** A text with values in its places; a name that is none stays as it is written. */
export const filledWords = (text: string, values: Record<string, string>): string => text.replace(/\{([^{}]*)\}/gu, (whole, name: string) => values[name] ?? whole)

/** What is as usual is not kept: the usual text may become better. */
export function keepWords(setup: SetupDocument, key: string, language: string, words: TemplateWords): void {
  const languages = { ...setup.templates[key], [language]: words }
  if (!words.subject && !words.body) delete languages[language]
  const all = { ...setup.templates, [key]: languages }
  if (Object.keys(languages).length === 0) delete all[key]
  setup.templates = all
}

/** Both usual ones, what was added here, and those that have words of their own: one that is emptied stays where it is. */
export function languagesOf(setup: SetupDocument, key: string, added: string[]): string[] {
  return [...new Set([...USUAL, ...added, ...Object.keys(setup.templates[key] ?? {})])]
}

/** Languages that may be added: those the set-up speaks come first. */
export function moreLanguages(setup: SetupDocument, shown: string[]): string[] {
  const spoken = [...setup.entry_points.map((point) => point.language), ...setup.skills.map((skill) => skill.language)].filter(Boolean)
  return [...new Set([...spoken, ...COMMON])].filter((one) => TAG.test(one) && !shown.includes(one) && !(stem(one) === 'en' && !one.includes('-')) && one !== 'zh')
}

export interface Piece {
  text: string
  /** It stands in the place of a placeholder; null: it is written. */
  place: string | null
}

/** A blank between a link and what stands beside it, as the hub puts one: else that would be a part of the link. */
const gap = (neighbour: string | undefined): string => (neighbour?.trim() ? ' ' : '')

/** A text with examples in its places; what is no placeholder stays as it is written. */
export function pieces(text: string, template: Template, language: string): Piece[] {
  const found: Piece[] = []
  let from = 0
  for (const match of text.matchAll(/\{([^{}]*)\}/gu)) {
    const example = template.places[match[1]!]?.[baseOf(language)]
    if (example === undefined) continue
    const end = match.index + match[0].length
    const [before, after] = match[1] === 'link' ? [gap(text[match.index - 1]), gap(text[end])] : ['', '']
    const written = text.slice(from, match.index) + before
    if (written) found.push({ text: written, place: null })
    found.push({ text: example, place: match[1]! })
    if (after) found.push({ text: after, place: null })
    from = end
  }
  if (from < text.length) found.push({ text: text.slice(from), place: null })
  return found
}
