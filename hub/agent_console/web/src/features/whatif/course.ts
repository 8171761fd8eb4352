import type { Course, Part, ReplayAnswer } from '@/shared/api/whatif_types'
import { timeOfDay } from '@/shared/lib/time'

/** Where the clocks change, days begin an hour off midnight or are an hour short; so far inside, a part is in its day. */
const INSIDE_S = 7200
const DAY_S = 86_400 - INSIDE_S
/** Below this many contacts a mean is that of one person, and its line only zigzags. */
const LEAST = 3

/** One part of the time, in seconds of Unix time. */
export interface Span {
  from: number
  to: number
}

/** The parts of the answer's time; the last one ends with it. */
export function spansOf(answer: Pick<ReplayAnswer, 'begins' | 'ends' | 'step_s'>, count: number): Span[] {
  const begins = Date.parse(answer.begins) / 1000
  const ends = Date.parse(answer.ends) / 1000
  return Array.from({ length: count }, (_, index) => {
    const from = begins + index * answer.step_s
    return { from, to: Math.min(from + answer.step_s, ends) }
  })
}

const dated = (locale: string, timeZone: string) => new Intl.DateTimeFormat(locale, { month: 'numeric', day: 'numeric', timeZone })

/** Whether the time is of more than one day. */
export function isSeveral(answer: Pick<ReplayAnswer, 'begins' | 'ends' | 'zone'>): boolean {
  const { format } = dated('en', answer.zone)
  return format(Date.parse(answer.begins)) !== format(Date.parse(answer.ends) - 1000)
}

/** A part as it is read: 09:00–09:30; over several days with its date; of whole days the dates alone. */
export function spanName({ from, to }: Span, several: boolean, locale: string, zone: string): string {
  const date = (seconds: number) => dated(locale, zone).format(seconds * 1000)
  const time = (seconds: number) => timeOfDay(new Date(seconds * 1000).toISOString(), locale, zone)
  if (to - from >= DAY_S) {
    const [first, last] = [date(from + INSIDE_S), date(to - INSIDE_S)]
    return first === last ? first : `${first}–${last}`
  }
  if (!several) return `${time(from)}–${time(to)}`
  const [first, last] = [date(from), date(to - 1)]
  return first === last ? `${first} ${time(from)}–${time(to)}` : `${first} ${time(from)}–${last} ${time(to)}`
}

/** The parts from the first in which anybody came to the last: nights are left out. */
export function usedOf(course: Pick<Course, 'recorded' | 'model'>): { from: number; to: number } {
  const used = course.model.flatMap((part, index) => (part.contacts > 0 || (course.recorded[index]?.contacts ?? 0) > 0 ? [index] : []))
  return { from: used[0] ?? 0, to: (used.at(-1) ?? -1) + 1 }
}

/** Whether parts of few contacts are not drawn: unless all parts are such. */
export function fewAreLeftOut(course: Course): boolean {
  const counts = [...course.recorded, ...course.model, ...(course.changed ?? [])].map((part) => part.contacts)
  return counts.some((count) => count >= LEAST) && counts.some((count) => count > 0 && count < LEAST)
}

/** A line of the chart: nothing where nobody came, or too few. */
export function lineOf(parts: Part[], figure: 'mean_wait_s' | 'service_level', withoutFew: boolean): (number | null)[] {
  return parts.map((part) => (withoutFew && part.contacts < LEAST ? null : part[figure]))
}
