import type { CommitmentEntry, CommitmentRow, RankedPerson } from '@/shared/api/commitments'
import { dueTime, isToday, timeOfDay } from '@/shared/lib/time'

/** How many decimals a currency has: 2 for CNY, 0 for JPY. An unknown one has two. */
export function decimalsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2
  }
}

/** A price as people read it: ¥2,999.00; `whole`: a sum to look at, ¥219,223. */
export function price(minor: number, currency: string, locale: string, whole = false): string {
  const major = minor / 10 ** decimalsOf(currency)
  const places = whole ? { maximumFractionDigits: 0 } : {}
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...places }).format(major)
  } catch {
    return `${major} ${currency}`
  }
}

/** What was typed ("2 999.50", "2,999") in minor units; null where it is no price. */
export function minorOf(typed: string, currency: string): number | null {
  const clean = typed.normalize('NFKC').replace(/[\s,，']/gu, '')
  if (!/^\d{1,12}(\.\d*)?$/u.test(clean)) return null
  const places = decimalsOf(currency)
  const [whole = '', part = ''] = clean.split('.')
  if (part.length > places) return null
  return Number(whole + part.padEnd(places, '0'))
}

/** When it is due: within its window, or until a time. */
export function whenOf(one: Pick<CommitmentRow, 'due_at' | 'window_from' | 'window_until'>, nowMs: number, locale: string): string {
  if (!one.window_from || !one.window_until) return dueTime(one.due_at, nowMs, locale)
  const sameDay = isToday(one.window_from, Date.parse(one.window_until))
  const end = sameDay ? timeOfDay(one.window_until, locale) : dueTime(one.window_until, nowMs, locale)
  return `${dueTime(one.window_from, nowMs, locale)}–${end}`
}

export function isLate(one: Pick<CommitmentRow, 'due_at' | 'state'>, nowMs: number): boolean {
  return one.state === 'broken' || (one.state === 'open' && Date.parse(one.due_at) < nowMs)
}

export function isFinished(one: Pick<CommitmentRow, 'state'>): boolean {
  return one.state === 'kept' || one.state === 'withdrawn'
}

/** "90 %": a share as people read it. */
export function percent(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share)
}

/** How much went well, of how much. */
export function goodOf(person: RankedPerson): { good: number; n: number } {
  return { good: person.kept + person.satisfied, n: person.results }
}

/** What is promised; of a recovery also what the customer said of the contact, to who may see that one. */
export function textOf(one: Pick<CommitmentRow, 'kind' | 'text' | 'source'>): string {
  const said = one.kind === 'recovery' ? one.source?.text?.trim() : ''
  return said ? `${one.text}: ${said}` : one.text
}

/** Entries whose text is a person's own, and not a code. */
export function saysSomething(entry: CommitmentEntry): boolean {
  return entry.text.trim() !== '' && entry.kind !== 'not_told'
}
