import type { Figure, Group, Measure } from '@/shared/api/whatif_types'
import { span } from '@/shared/lib/time'

export const FIGURES: Figure[] = ['mean_wait_s', 'p90_wait_s', 'service_level', 'abandoned']
const isTime = (figure: Figure): boolean => figure.endsWith('_s')

/** A figure as it is read: 21s, 2:05, 84 %. */
export function shown(figure: Figure, value: number | null, locale: string): string {
  if (value === null) return '–'
  if (isTime(figure)) return value > 0 && value < 10 ? shortTime(value, locale) : span(value, locale)
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(value)
}

/** Below ten seconds a tenth says something. */
function shortTime(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit: 'second', unitDisplay: 'narrow', maximumFractionDigits: 1 }).format(value)
}

/** A difference with its sign: +0:12, −4s; shares in points. */
export function signed(figure: Figure, value: number | null, locale: string): string {
  if (value === null) return '–'
  const text = isTime(figure) ? shown(figure, Math.abs(value), locale) : new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(Math.abs(value) * 100)
  const isNothing = isTime(figure) ? Math.abs(value) < 0.05 : Math.abs(value) < 0.0005
  return isNothing ? text : `${value < 0 ? '−' : '+'}${text}`
}

/** The interval "19s–24s", or "" where there is none; `between` where its ends have signs. */
export function interval(measure: Measure, say: (value: number) => string, between = '–'): string {
  return measure.low === null || measure.high === null ? '' : `${say(measure.low)}${between}${say(measure.high)}`
}

/** Whether a difference is more than chance: its interval does not hold 0. */
export function isSure(difference: Measure): boolean {
  return difference.low !== null && difference.high !== null && (difference.low > 0 || difference.high < 0)
}

/** Better, worse, or not to be told from chance. */
export function verdictOf(figure: Figure, difference: Measure | null | undefined): 'better' | 'worse' | 'same' {
  if (!difference || difference.value === null || !isSure(difference)) return 'same'
  const less = difference.value < 0
  return (figure === 'service_level') === less ? 'worse' : 'better'
}

export interface Fit {
  level: 'good' | 'fair' | 'poor'
  recorded: number
  model: number
}

const CLOSE_S = 3

/**
 * How well the model tells again what was recorded, by the mean wait. Good: off by 3 s or 15 % at
 * most, or the record lies within the model's interval. Fair: by 50 % at most.
 */
export function fitOf(group: Group): Fit | null {
  const recorded = group.recorded.mean_wait_s.value
  const { value: model, low, high } = group.model.mean_wait_s
  if (recorded === null || model === null) return null
  const off = Math.abs(model - recorded)
  const within = low !== null && high !== null && recorded >= low && recorded <= high
  const larger = Math.max(recorded, model)
  const level = within || off <= Math.max(CLOSE_S, 0.15 * larger) ? 'good' : off <= 0.5 * larger ? 'fair' : 'poor'
  return { level, recorded, model }
}
