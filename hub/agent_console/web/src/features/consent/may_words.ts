import type { May } from '@/shared/api/consent'
import { dueTime } from '@/shared/lib/time'

type Translate = (key: string, values?: Record<string, unknown>) => string

/** Why somebody may be reached or not at `nowMs`, in a sentence part. */
export function mayWords(may: Pick<May, 'answer' | 'why' | 'until'>, t: Translate, locale: string, nowMs: number): string {
  if (may.answer === 'permit') return t('consent.may.permit')
  const why = t(`consent.may.${may.why}`)
  return may.until === null ? why : t('consent.may.until', { why, time: dueTime(may.until, nowMs, locale) })
}
