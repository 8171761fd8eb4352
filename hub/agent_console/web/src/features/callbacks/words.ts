import { texts } from '@/i18n'
import { outcomeOf } from '@/features/desk/conversation/call_words'
import type { CallbackBrief } from '@/shared/api/callback_types'
import { dueTime } from '@/shared/lib/time'

/** "Callback, attempt 2 of 3". */
export const attemptOf = (brief: { attempt: number; attempts: number }): string =>
  texts.t('callback.attempt', { n: brief.attempt, m: brief.attempts })

/** "2 failed attempts". */
export const triedOf = (callback: { failed: number }): string => texts.t('callback.tried', { n: callback.failed }, callback.failed)

/** How the attempt before ended: "no answer at 14:05"; empty where there was none. */
export function lastOf(brief: Pick<CallbackBrief, 'last_at' | 'last_outcome' | 'last_reason'>, nowMs: number, locale: string): string {
  if (!brief.last_at || !brief.last_outcome) return ''
  const outcome = outcomeOf({ outcome: brief.last_outcome, reason: brief.last_reason ?? '' })
  return texts.t('callback.last', { outcome, time: dueTime(brief.last_at, nowMs, locale) })
}

/** What a system entry of a callback says; its `meta` is written by hub/callbacks. */
export function entryOf(meta: Record<string, unknown>, by: string, nowMs: number, locale: string): string {
  const said = (name: string): string => (typeof meta[name] === 'string' ? meta[name] : '')
  const at = said('at') ? dueTime(said('at'), nowMs, locale) : ''
  const words = {
    by,
    at,
    n: Number(meta['attempt']),
    m: Number(meta['attempts']),
    note: said('note'),
    kind: texts.t(`callback.kind.${said('kind')}`),
    outcome: said('outcome') ? outcomeOf({ outcome: said('outcome'), reason: said('reason') }) : '',
  }
  const parts = [texts.t(`callback.entry.${variantOf(meta, by)}`, words)]
  if (at && said('code') !== 'callback_put_off') parts.push(texts.t('callback.entry.from', words))
  if (words.note) parts.push(words.note)
  return parts.join(' ')
}

function variantOf(meta: Record<string, unknown>, by: string): string {
  const code = String(meta['code']).replace('callback_', '')
  if (code === 'failed' && meta['counts'] === false) return 'agent_failed'
  if (code === 'put_off') return meta['at'] ? (by ? 'put_off' : 'closed') : 'now'
  if (meta['by_customer'] && (code === 'placed' || code === 'cancelled')) return `${code}_by_customer`
  if (code === 'cancelled' && !by) return 'cancelled_by_hub'
  return code
}
