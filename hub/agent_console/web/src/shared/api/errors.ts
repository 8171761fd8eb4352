import { i18n } from '@/i18n'
import { ApiError } from './http'

/** What to tell the user about a failed request; anything that is no refusal of the hub is a fault of ours. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) throw error
  if (error.offline) return i18n.global.t('errors.offline')
  const known = `errors.${error.code}`
  return i18n.global.te(known) ? i18n.global.t(known) : error.message
}
