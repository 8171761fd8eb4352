import { createI18n } from 'vue-i18n'

import { readStored } from '@/shared/lib/stored'

export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]
/** Each language named in itself, so that it is found by who needs it. */
export const LOCALE_NAMES: Record<Locale, string> = { 'zh-CN': '中文', en: 'English' }

type Loaders = Record<Locale, () => Promise<{ default: Record<string, unknown> }>>

const loaders: Loaders = {
  'zh-CN': () => import('./zh-CN.json'),
  en: () => import('./en.json'),
}

/**
 * Texts of pages that few people open: they come with their page, not with the console. Each part is
 * a folder beside this file, with a file for each language.
 */
const parts = import.meta.glob<{ default: Record<string, unknown> }>('./*/*.json')

function partOf(part: string, locale: Locale): () => Promise<{ default: Record<string, unknown> }> {
  const found = parts[`./${part}/${locale}.json`]
  if (!found) throw new Error(`There are no texts of ${part} in ${locale}: make i18n/${part}/${locale}.json.`)
  return found
}

const ALL = ''
const wanted = new Set<string>()
const merged = new Set<string>()

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: false,
  missingWarn: false,
  fallbackWarn: false,
  messages: {} as Record<string, Record<string, never>>,
})

/** Texts outside components. Keys are plain strings: the type of vue-i18n's own is too deep to check. */
export const texts = i18n.global as unknown as {
  te: (key: string) => boolean
  t: (key: string, values?: Record<string, unknown>, count?: number) => string
}

/** The language to begin with: the kept one, else the browser's, else English. */
export function startLocale(): Locale {
  const kept = readStored<string>('locale', '')
  if (LOCALES.some((locale) => locale === kept)) return kept as Locale
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

/** What a page needs beside the texts of all: in the language that is shown, and from now on in every one that will be. */
export async function loadTexts(part: string): Promise<void> {
  const locale = i18n.global.locale.value as Locale
  partOf(part, locale) // a part that is not there is no wish
  wanted.add(part)
  await merge(locale, part)
}

/** A page together with its texts, for its route: neither is shown without the other. */
export async function withTexts<T>(part: string, page: Promise<T>): Promise<T> {
  const [found] = await Promise.all([page, loadTexts(part)])
  return found
}

/** Once for each; whichever comes first, nothing is written over. */
async function merge(locale: Locale, part: string): Promise<void> {
  const name = `${locale} ${part}`
  if (merged.has(name)) return
  const messages = await (part === ALL ? loaders[locale] : partOf(part, locale))()
  i18n.global.mergeLocaleMessage(locale, messages.default)
  merged.add(name)
}

/** Load a language (once), with the texts of the pages that were opened, and show it. */
export async function setLocale(locale: Locale): Promise<void> {
  const { global } = i18n
  await merge(locale, ALL)
  for (let done = -1; done !== wanted.size; ) {
    done = wanted.size // a page may be opened meanwhile
    await Promise.all([...wanted].map((part) => merge(locale, part)))
  }
  global.locale.value = locale
  document.documentElement.lang = locale
}
