import type { HalfHour } from '@/shared/api/whatif_types'

const isAsked = (one: HalfHour): boolean => one.agents > 0 || one.contacts > 0

/** The half hours from the first to the last in which somebody comes, and one more on both sides; none where nobody does. */
export function withDemand(halfHours: HalfHour[]): HalfHour[] {
  const first = halfHours.findIndex(isAsked)
  return first < 0 ? [] : halfHours.slice(Math.max(0, first - 1), halfHours.findLastIndex(isAsked) + 2)
}

/** Agent hours needed and there, both in the half hours in which somebody comes. */
export function hoursOf(halfHours: HalfHour[]): { needed: number; there: number } {
  const asked = halfHours.filter(isAsked)
  const hours = (of: (one: HalfHour) => number) => asked.reduce((sum, one) => sum + of(one), 0) / 2
  return { needed: hours((one) => one.agents), there: hours((one) => one.there) }
}

const LEAST = 0.05

/** The half hour that lacks most agents, the first of several; undefined where none does. */
export function shortest(halfHours: HalfHour[]): HalfHour | undefined {
  let found: HalfHour | undefined
  for (const one of halfHours) {
    const lack = one.agents - one.there
    if (lack > (found ? found.agents - found.there + LEAST : LEAST)) found = one
  }
  return found
}
