import { createI18n } from 'vue-i18n'

import { readStored } from '@/shared/lib/stored'

export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]

const loaders: Record<Locale, () => Promise<{ default: Record<string, unknown> }>> = {
  'zh-CN': () => import('./zh-CN.json'),
  en: () => import('./en.json'),
}

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

/** Load a language (once) and show it. */
export async function setLocale(locale: Locale): Promise<void> {
  const { global } = i18n
  if (!global.availableLocales.includes(locale)) {
    const messages = await loaders[locale]()
    global.setLocaleMessage(locale, messages.default as Record<string, never>)
  }
  global.locale.value = locale
  document.documentElement.lang = locale
}
