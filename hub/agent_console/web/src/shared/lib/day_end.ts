const DAY_S = 86_400

/** Seconds from a moment until the day ends in a time zone, also on days when clocks are changed. */
export function untilDayEnds(nowMs: number, timeZone: string): number {
  const left = DAY_S - secondsOfDay(nowMs, timeZone)
  const there = secondsOfDay(nowMs + left * 1000, timeZone)
  return left + (there > DAY_S / 2 ? DAY_S - there : -there)
}

function secondsOfDay(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' }).formatToParts(ms)
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value)
  return of('hour') * 3600 + of('minute') * 60 + of('second')
}
