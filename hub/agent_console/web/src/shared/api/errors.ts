import { texts } from '@/i18n'
import { ApiError } from './http'

/** What to tell the user about a failed request; anything that is no refusal of the hub is a fault of ours. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) throw error
  if (error.offline) return texts.t('errors.offline')
  const known = `errors.${error.code}`
  return texts.te(known) ? texts.t(known) : error.message
}
