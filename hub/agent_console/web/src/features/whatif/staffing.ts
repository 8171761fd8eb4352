import type { HalfHour } from '@/shared/api/whatif_types'

/** The half hours from the first to the last in which somebody comes or is there. */
export function half(halfHours: HalfHour[]): HalfHour[] {
  const used = halfHours.map((one, index) => (one.agents > 0 || one.there > 0 ? index : -1)).filter((index) => index >= 0)
  return used.length === 0 ? halfHours : halfHours.slice(used[0], (used.at(-1) ?? 0) + 1)
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
