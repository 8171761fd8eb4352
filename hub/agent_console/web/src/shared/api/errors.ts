import { texts } from '@/i18n'
import { ApiError } from './http'

/**
 * What to tell the user about a failed request; anything that is no refusal of the hub is a fault of
 * ours. `part`: texts of a page that may know the code, too. Where the refusal names somebody, so does the text.
 */
export function messageOf(error: unknown, part = ''): string {
  if (isUnfetched(error)) return texts.t('errors.offline')
  if (!(error instanceof ApiError)) throw error
  if (error.offline) return texts.t('errors.offline')
  const known = [`${part}.errors.${error.code}`, `errors.${error.code}`].find((key) => texts.te(key))
  if (!known) return error.message
  const name = (error.body['details'] as Record<string, unknown> | undefined)?.['name']
  return typeof name === 'string' && texts.te(`${known}By`) ? texts.t(`${known}By`, { name }) : texts.t(known)
}

/** A part of the console could not be fetched, as Chromium, Firefox, Safari and Vite (for its styles) say it. */
const isUnfetched = (error: unknown): boolean =>
  error instanceof Error && /dynamically imported module|importing a module script|unable to preload css/i.test(error.message)
