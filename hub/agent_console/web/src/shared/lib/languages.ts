/** "zh-CN" → 中文 / Chinese in the reader's language; "" for nothing or nonsense. */
export function languageName(code: string | null | undefined, locale: string): string {
  if (!code) return ''
  try {
    return new Intl.DisplayNames(locale, { type: 'language' }).of(code.split('-')[0] ?? code) ?? ''
  } catch {
    return code // not a language tag: show what the hub has
  }
}

/** As languageName, where several of a language stand side by side: "Chinese (zh-TW)". */
export function taggedName(code: string, locale: string): string {
  return code.includes('-') ? `${languageName(code, locale)} (${code})` : languageName(code, locale)
}
