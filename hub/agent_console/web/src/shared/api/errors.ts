import { i18n } from '@/i18n'
import { ApiError } from './http'

/** What to tell the user about a failed request; anything that is no refusal of the hub is a fault of ours. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) throw error
  if (error.offline) return i18n.global.t('errors.offline')
  const { te, t }: { te: (key: string) => boolean; t: (key: string) => string } = i18n.global
  const known = `errors.${error.code}`
  return te(known) ? t(known) : error.message
}
