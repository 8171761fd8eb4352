import type { MyDay } from '@/shared/api/my_day'

export interface Totals {
  taken: number
  /** Mean over all channels, each contact counting once; null: none is done yet. */
  handleS: number | null
  readyS: number
}

/** What stands first on the page and on the empty desk. */
export function totalsOf(day: MyDay): Totals {
  const done = day.channels.filter((one) => one.handle_s !== null)
  const count = done.reduce((sum, one) => sum + one.taken, 0)
  const seconds = done.reduce((sum, one) => sum + (one.handle_s ?? 0) * one.taken, 0)
  return {
    taken: day.channels.reduce((sum, one) => sum + one.taken, 0),
    handleS: count === 0 ? null : seconds / count,
    readyS: day.states.filter((one) => one.state === 'ready').reduce((sum, one) => sum + one.seconds, 0),
  }
}

/** Nothing was done yet today: no row of zeros is shown then. */
export const isBlank = (day: MyDay): boolean => day.channels.length === 0 && day.scores === 0 && day.kept + day.broken + day.missed === 0
