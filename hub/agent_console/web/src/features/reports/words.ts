import type { BothWords, Days } from '@/shared/api/reports'

/** What is told in both languages, in the one that is shown. */
export function inLocale(words: BothWords, locale: string): string {
  return locale.startsWith('zh') ? words.zh : words.en
}

const DAY = /^\d{4}-\d{2}-\d{2}$/u

/** The days of the address; what is none is left to the hub: the last thirty. */
export function daysOf(query: Record<string, unknown>): Days {
  const day = (value: unknown): string => (typeof value === 'string' && DAY.test(value) ? value : '')
  return { since: day(query['since']), until: day(query['until']) }
}

/** The days that end with this one, itself included. */
export function lastDays(count: number, until: string): Days {
  const first = new Date(`${until}T00:00:00Z`)
  first.setUTCDate(first.getUTCDate() - (count - 1))
  return { since: first.toISOString().slice(0, 10), until }
}

/** How many days a period has, both ends included. */
export function lengthOf(days: Days): number {
  return Math.round((Date.parse(days.until) - Date.parse(days.since)) / 86_400_000) + 1
}
