import { i18n, texts } from '@/i18n'
import { ApiError } from './http'

/** A refusal as the hub says it: which one, its sentence in English, and what stands in it. */
export interface Refusal {
  code: string
  message: string
  details?: Record<string, unknown> | undefined
}

/** One thing that is wrong in what was sent; some say by `code` and `facts` which sentence it is. */
export interface DocumentFault {
  path: string
  message: string
  code?: string
  facts?: Record<string, string>
}

/**
 * What to tell the user about a failed request; anything that is no refusal of the hub is a fault of
 * ours. `part`: texts of a page that may know the code, too. Where the refusal names somebody, so does the text.
 */
export function messageOf(error: unknown, part = ''): string {
  if (isUnfetched(error)) return texts.t('errors.offline')
  if (!(error instanceof ApiError)) throw error
  if (error.offline) return texts.t('errors.offline')
  return refusalWords({ code: error.code, message: error.message, details: error.body['details'] as Refusal['details'] }, part)
}

/**
 * A refusal in the language of the screens. One that tells only its kind ("invalid") says more in the
 * hub's own sentence, which is English.
 */
export function refusalWords({ code, message, details = {} }: Refusal, part = ''): string {
  const kind = `refusals.kind.${code}`
  const known = [`${part}.errors.${code}`, `errors.${code}`, `refusals.${code}`].find((key) => texts.te(key))
  if (!known) return i18n.global.locale.value !== 'en' && texts.te(kind) ? texts.t(kind) : message
  return texts.t(typeof details['name'] === 'string' && texts.te(`${known}By`) ? `${known}By` : known, details)
}

/** What is wrong at one place of a document. A field of a customer is called as the editor of rules calls it. */
export function faultWords({ message, code = '', facts = {} }: DocumentFault): string {
  const key = `refusals.fault.${code}`
  if (!texts.te(key)) return message
  const field = `rules.name.${facts['field'] ?? ''}`
  return texts.t(key, texts.te(field) ? { ...facts, field: texts.t(field) } : facts)
}

/** A part of the console could not be fetched, as Chromium, Firefox, Safari and Vite (for its styles) say it. */
const isUnfetched = (error: unknown): boolean =>
  error instanceof Error && /dynamically imported module|importing a module script|unable to preload css/i.test(error.message)
