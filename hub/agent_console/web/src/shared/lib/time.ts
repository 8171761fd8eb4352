/** Seconds between two moments in milliseconds, never negative. */
export function secondsSince(startMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - startMs) / 1000))
}

/** A wait as a clock: 0:07, 2:31, 1:05:09; from a day on "3d 4h" (units from the caller's locale). */
export function clock(totalSeconds: number): string {
  const s = Math.max(0, Math.floor(totalSeconds))
  const two = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(s / 3600)
  if (hours === 0) return `${Math.floor(s / 60)}:${two(s % 60)}`
  return `${hours}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`
}

/** A length for people, at most two units of the locale: 12s, 4:05, 2h 5m, 3d 4h (zh: 2小时5分钟). */
export function span(totalSeconds: number, locale: string): string {
  const s = Math.max(0, Math.round(totalSeconds))
  if (s < 60) return inUnit(s, 'second', locale)
  if (s < 3600) return clock(s)
  const [big, small, size] = s < 86_400 ? (['hour', 'minute', 3600] as const) : (['day', 'hour', 86_400] as const)
  const rest = Math.floor((s % size) / (size === 3600 ? 60 : 3600))
  const first = inUnit(Math.floor(s / size), big, locale)
  if (rest === 0) return first
  return first + (locale.startsWith('zh') ? '' : ' ') + inUnit(rest, small, locale)
}

function inUnit(value: number, unit: string, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' }).format(value)
}

/** Relative up to one hour, then the clock time, then the date (console.md 9). */
export function moment(iso: string, nowMs: number, locale: string): string {
  const at = Date.parse(iso)
  const passed = (nowMs - at) / 1000
  if (passed >= 0 && passed < 60) return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second')
  if (passed >= 0 && passed < 3600) return new Intl.RelativeTimeFormat(locale, { style: 'short' }).format(-Math.floor(passed / 60), 'minute')
  const then = new Date(at)
  const now = new Date(nowMs)
  if (then.toDateString() === now.toDateString()) return timeOfDay(iso, locale)
  const sameYear = then.getFullYear() === now.getFullYear()
  return new Intl.DateTimeFormat(locale, sameYear ? { month: 'short', day: 'numeric' } : { year: 'numeric', month: 'short', day: 'numeric' }).format(then)
}

export function timeOfDay(iso: string, locale: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(timeZone ? { timeZone } : {}) }).format(new Date(iso))
}

/** A day with its year: "26 Feb 2027". */
export function dateOf(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(new Date(iso))
}

/** With seconds: "as of 12:03:10". */
export function clockTime(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(new Date(iso))
}

/** Full stamp with seconds and zone, for tooltips. */
export function stamp(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(iso))
}

/** "Today", "Yesterday" or the weekday and date: the day separators of a timeline. */
export function dayName(iso: string, nowMs: number, locale: string): string {
  const day = new Date(iso)
  const dayStart = new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime()
  const now = new Date(nowMs)
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const days = Math.round((dayStart - today) / 86_400_000)
  if (days === 0 || days === -1) {
    const name = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(days, 'day')
    return name.charAt(0).toUpperCase() + name.slice(1)
  }
  const year: Intl.DateTimeFormatOptions = day.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }
  return new Intl.DateTimeFormat(locale, { weekday: 'long', month: 'long', day: 'numeric', ...year }).format(day)
}

/** A moment as a field for date and time takes it, in the zone of this machine. */
export function localStamp(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}

export function isToday(iso: string, nowMs: number): boolean {
  return new Date(iso).toDateString() === new Date(nowMs).toDateString()
}

/** A due time a person can act on: "15:00" today, else "Thu 15:00" within a week, else a date. */
export function dueTime(iso: string, nowMs: number, locale: string): string {
  const at = new Date(iso)
  if (isToday(iso, nowMs)) return timeOfDay(iso, locale)
  const near = Math.abs(at.getTime() - nowMs) < 6 * 86_400_000
  const parts: Intl.DateTimeFormatOptions = near ? { weekday: 'short' } : { month: 'short', day: 'numeric' }
  return new Intl.DateTimeFormat(locale, { ...parts, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
}
