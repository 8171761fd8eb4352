/** Opening hours of a week, between the hub's words ("Mon-Fri 09:00-12:00; Sat 22:00-06:00") and spans of each day. */

/** Minutes after midnight, [open, close); a night closes after 1440. It belongs to the day on which it opens. */
export type Span = [open: number, close: number]

export interface Week {
  /** 24x7, which knows no holidays either. */
  always: boolean
  /** Monday first. */
  days: Span[][]
}

export const DAY_MIN = 24 * 60
const NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const ALWAYS = /^24[x/]7$/iu
const SPAN = /^(.+?)\s*[-–—~至到]\s*(.+)$/u

/** "9", "9:30", "0930", "24:00" → minutes; null: no time of day. */
export function parseTime(text: string): number | null {
  const match = /^(\d{1,2})(?:[:：.]?(\d{2}))?$/u.exec(text.trim())
  if (!match) return null
  const minutes = Number(match[1]) * 60 + Number(match[2] ?? 0)
  return Number(match[2] ?? 0) < 60 && minutes <= DAY_MIN ? minutes : null
}

export function formatTime(minutes: number): string {
  const inDay = minutes > DAY_MIN ? minutes - DAY_MIN : minutes
  return `${String(Math.floor(inDay / 60)).padStart(2, '0')}:${String(inDay % 60).padStart(2, '0')}`
}

/** From what was typed: a close at or before its open is a night over midnight. */
export function spanOf(open: string, close: string): Span | null {
  const from = parseTime(open)
  const to = parseTime(close)
  if (from === null || to === null || from >= DAY_MIN) return null
  return [from, to > from ? to : to + DAY_MIN]
}

/** "09:00-12:00, 13:30-18:00" → spans; "closed" → []; null: it cannot be read. */
export function parseSpans(text: string): Span[] | null {
  if (/^(?:closed)?$/iu.test(text.trim())) return []
  const spans = text.split(/[,，、;；]/u).map((part) => {
    const match = SPAN.exec(part.trim())
    return match ? spanOf(match[1]!, match[2]!) : null
  })
  return spans.some((span) => span === null) ? null : sorted(spans as Span[])
}

export const formatSpans = (spans: Span[]): string => spans.map(([open, close]) => `${formatTime(open)}-${formatTime(close)}`).join(',')

/** The hours of a special day as the hub writes them. */
export const formatDay = (spans: Span[]): string => (spans.length === 0 ? 'closed' : formatSpans(spans))

const sorted = (spans: Span[]): Span[] => [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1])

function parseDays(names: string): number[] | null {
  const found: number[] = []
  for (const name of names.split(',')) {
    const [first = '', last = first] = name.split('-')
    const start = NAMES.findIndex((one) => one.toLowerCase() === first.trim().toLowerCase())
    const end = NAMES.findIndex((one) => one.toLowerCase() === last.trim().toLowerCase())
    if (start < 0 || end < 0) return null
    for (let step = 0; step <= (end - start + 7) % 7; step += 1) found.push((start + step) % 7)
  }
  return found
}

/** null: these are words that the hub does not read either. */
export function parseWeek(text: string): Week | null {
  if (ALWAYS.test(text.trim())) return { always: true, days: NAMES.map(() => [[0, DAY_MIN]]) }
  const days: Span[][] = NAMES.map(() => [])
  for (const group of text.split(';').map((part) => part.trim()).filter(Boolean)) {
    const [names = '', ...rest] = group.split(' ')
    const indices = parseDays(names)
    const spans = rest.length > 0 ? parseSpans(rest.join(' ')) : null
    if (indices === null || spans === null) return null
    indices.forEach((index) => days[index]!.push(...spans))
  }
  return { always: false, days: days.map(sorted) }
}

/** "Mon-Wed,Fri": neighbouring days as a range. */
function nameDays(indices: number[], names = NAMES, words = { comma: ',', range: '-' }): string {
  const parts: string[] = []
  for (let from = 0; from < indices.length; ) {
    let to = from
    while (indices[to + 1] === indices[to]! + 1) to += 1
    const [first, last] = [names[indices[from]!]!, names[indices[to]!]!]
    parts.push(to === from ? first : `${first}${to - from === 1 ? words.comma : words.range}${last}`)
    from = to + 1
  }
  return parts.join(words.comma)
}

function groupsOf(week: Week): [spans: string, days: number[]][] {
  const groups = new Map<string, number[]>()
  week.days.forEach((spans, index) => {
    const text = formatSpans(sorted(spans))
    if (text !== '') groups.set(text, [...(groups.get(text) ?? []), index])
  })
  return [...groups]
}

/** Days with the same spans are one group. A week that never opens is "". */
export function formatWeek(week: Week): string {
  if (week.always) return '24x7'
  return groupsOf(week).map(([text, indices]) => `${nameDays(indices)} ${text}`).join('; ')
}

/** For people: the days in the language of the screens, Monday first. What cannot be read stays as it is. */
export function readableWeek(text: string, names: string[], zh: boolean): string {
  const week = parseWeek(text)
  if (!week || week.always) return text
  const words = zh ? { comma: '、', range: '至' } : { comma: ', ', range: '–' }
  return groupsOf(week)
    .map(([spans, indices]) => `${nameDays(indices, names, words)} ${spans.replaceAll('-', '–').replaceAll(',', words.comma)}`)
    .join(zh ? '；' : '; ')
}

export const sameWeek = (one: Week, other: Week): boolean => formatWeek(one) === formatWeek(other)

export interface Bar {
  from: number
  to: number
  /** The end of a night that opened the day before. */
  tail: boolean
}

/** What is open on a day, as it is drawn in its row: nights go on at the start of the next day. */
export function barsOf(days: Span[][], day: number): Bar[] {
  const before = days[(day + 6) % 7] ?? []
  return [
    ...before.filter(([, close]) => close > DAY_MIN).map(([, close]): Bar => ({ from: 0, to: close - DAY_MIN, tail: true })),
    ...(days[day] ?? []).map(([open, close]): Bar => ({ from: open, to: Math.min(close, DAY_MIN), tail: false })),
  ]
}

/** Minutes of a week in which it is open; what overlaps counts once. */
export function openMinutes(week: Week): number {
  const open = new Set<number>()
  week.days.forEach((spans, day) =>
    spans.forEach(([from, to]) => {
      for (let minute = from; minute < to; minute += 1) open.add((day * DAY_MIN + minute) % (7 * DAY_MIN))
    }),
  )
  return open.size
}

const OFFICE: Span = [540, 1080]
const [PAUSE_MIN, LEAST_MIN, LONG_MIN] = [60, 60, 240]

/** What is free on a day between its bars, nights of the day before among them, in order. */
function freeOf(days: Span[][], day: number): Span[] {
  const free: Span[] = []
  let from = 0
  for (const bar of barsOf(days, day).sort((a, b) => a.from - b.from)) {
    if (bar.from > from) free.push([from, bar.from])
    from = Math.max(from, bar.to)
  }
  return from < DAY_MIN ? [...free, [from, DAY_MIN]] : free
}

/**
 * One more span for a day, that covers nothing which is open already: after the last one, a pause of an
 * hour between where there is room; else before. null: less than an hour is free at any place.
 */
export function nextSpan(days: Span[][], day: number): Span | null {
  const free = freeOf(days, day)
  const isNew = (days[day] ?? []).length === 0
  if (isNew && free.some(([from, to]) => from <= OFFICE[0] && OFFICE[1] <= to)) return [...OFFICE]
  const last = free.at(-1)
  if (last && last[1] === DAY_MIN && DAY_MIN - last[0] >= LEAST_MIN) {
    const open = Math.min(last[0] + PAUSE_MIN, DAY_MIN - LEAST_MIN)
    return [open, Math.min(open + LONG_MIN, DAY_MIN)]
  }
  const latest = [...free].reverse()
  const gap = latest.find(([from, to]) => to - from >= PAUSE_MIN + LEAST_MIN) ?? latest.find(([from, to]) => to - from >= LEAST_MIN)
  if (!gap) return null
  const close = gap[1] - gap[0] >= PAUSE_MIN + LEAST_MIN ? gap[1] - PAUSE_MIN : gap[1]
  return [Math.max(gap[0], close - LONG_MIN), close]
}
