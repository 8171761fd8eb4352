import type { InvitedEvent, InvitedMoment, InvitedRule } from '@/shared/api/reading'

/** Says a key of `reading.invite`; a number chooses its plural. */
export type Say = (key: string, named: Record<string, unknown>, plural?: number) => string

const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' }
const TIME: Intl.DateTimeFormatOptions = { ...DAY, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
const WEEK = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
const NTH = ['-1', '1', '2', '3', '4', '5']

/** A day or a time as it is written, whatever the zone: as if it were UTC, and shown so. */
const asWritten = (local: string): Date => new Date(local.includes('T') ? `${local}Z` : `${local}T00:00Z`)

function range(format: Intl.DateTimeFormat, start: Date, end: Date | null): string {
  return end && end.getTime() > start.getTime() ? format.formatRange(start, end) : format.format(start)
}

/** When it is, in the reader's zone wherever the moment is known; '' where no time is said. */
export function whenOf(found: Pick<InvitedEvent, 'start' | 'end' | 'all_day'>, locale: string, timeZone?: string): string {
  const { start, end } = found
  if (!start) return ''
  if (start.at !== null) {
    const format = new Intl.DateTimeFormat(locale, { ...TIME, timeZoneName: 'short', ...(timeZone ? { timeZone } : {}) })
    return range(format, new Date(start.at), end?.at ? new Date(end.at) : null)
  }
  const format = new Intl.DateTimeFormat(locale, { ...(found.all_day ? DAY : TIME), timeZone: 'UTC' })
  return range(format, asWritten(start.local), end ? asWritten(end.local) : null)
}

/** The time as it is written there, where that is another one than the reader's; '' where it is the same. */
export function thereOf(start: InvitedMoment | null, locale: string, timeZone?: string): string {
  if (!start?.at || !start.zone) return ''
  const clock: Intl.DateTimeFormatOptions = { ...TIME, weekday: undefined, ...(timeZone ? { timeZone } : {}) }
  const there = new Intl.DateTimeFormat(locale, { ...clock, timeZone: 'UTC' }).format(asWritten(start.local))
  return there === new Intl.DateTimeFormat(locale, clock).format(new Date(start.at)) ? '' : there
}

/** The days of these times in the reader's zone, as a list; with their hours where they have some. */
export function timesOf(times: InvitedMoment[], count: number, say: Say, locale: string, timeZone?: string): string {
  const told = times.map((one) => whenOf({ start: one, end: null, all_day: !one.local.includes('T') }, locale, timeZone))
  if (count > times.length) told.push(say('moreTimes', { n: count - times.length }, count - times.length))
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(told)
}

/** How it repeats, in words. */
export function repeatsOf(rule: InvitedRule, say: Say, locale: string): string {
  const days = rule.by_day.map((day) => dayOf(day, say, locale))
  if (!rule.plain || rule.frequency === '' || days.includes('')) return say('ownRule', {})
  const listed = new Intl.ListFormat(locale, { type: 'conjunction' })
  const parts = [say(rule.frequency, { n: rule.interval }, rule.interval)]
  if (days.length) parts.push(say('on', { days: listed.format(days) }))
  if (rule.by_month_day.length) {
    const numbered = rule.by_month_day.map((day) => (day === -1 ? say('lastDay', {}) : say('dayOfMonth', { day })))
    if (rule.by_month_day.some((day) => day < -1)) return say('ownRule', {})
    parts.push(say('on', { days: listed.format(numbered) }))
  }
  if (rule.by_month.length) {
    const name = new Intl.DateTimeFormat(locale, { month: 'long', timeZone: 'UTC' })
    parts.push(say('inMonths', { months: listed.format(rule.by_month.map((month) => name.format(new Date(Date.UTC(2026, month - 1, 1))))) }))
  }
  if (rule.count) parts.push(say('times', { n: rule.count }, rule.count))
  if (rule.until) parts.push(say('until', { day: new Intl.DateTimeFormat(locale, { ...DAY, weekday: undefined, timeZone: 'UTC' }).format(asWritten(rule.until)) }))
  return parts.join(say('comma', {}))
}

/** "Monday", "the last Friday"; '' for one that has no words. */
function dayOf(day: string, say: Say, locale: string): string {
  const at = WEEK.indexOf(day.slice(-2))
  const name = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(2026, 5, 1 + at))) // 1 June 2026 is a Monday
  const nth = day.slice(0, -2).replace('+', '')
  if (nth === '') return name
  return NTH.includes(nth) ? say(`nth.${nth === '-1' ? 'last' : nth}`, { day: name }) : ''
}
