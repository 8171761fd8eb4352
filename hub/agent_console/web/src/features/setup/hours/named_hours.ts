import type { HoursParts, SetupDocument } from '@/shared/api/setup_types'
import { allocatedBy } from '../domain/newcomers'

/** The key under `hours` that names the holidays of all (hub/setup/hours.py). */
export const HOLIDAYS = 'calendar'
export const DEFAULT = 'default'
/** Names that hours cannot have: the holidays, and the time on the wall. */
export const RESERVED = [HOLIDAYS, 'wall']

export const hoursKeys = (setup: SetupDocument): string[] => Object.keys(setup.hours).filter((key) => key !== HOLIDAYS)

export const partsOf = (setup: SetupDocument, key: string): HoursParts => {
  const hours = setup.hours[key]
  return typeof hours === 'object' ? hours : { week: hours ?? '', zone: '', calendar: '' }
}

/** Hours without zone and holidays of their own are words only, as people write them. */
export function writeParts(setup: SetupDocument, key: string, parts: HoursParts): void {
  setup.hours[key] = parts.zone === '' && parts.calendar === '' ? parts.week : parts
}

/** `usual`: what the default ones are called; `readable`: a week in words for people. */
export function hoursOptions(setup: SetupDocument, usual: string, readable: (week: string) => string): { value: string; label: string }[] {
  return hoursKeys(setup).map((key) => ({ value: key, label: `${key === DEFAULT ? usual : key} · ${readable(partsOf(setup, key).week)}` }))
}

export interface HoursUse {
  kind: 'queue' | 'entryPoint' | 'sla' | 'allocation'
  key: string
}

export function usesOfHours(setup: SetupDocument, key: string): HoursUse[] {
  return [
    ...setup.queues.filter((queue) => queue.hours === key).map((queue) => ({ kind: 'queue' as const, key: queue.key })),
    ...setup.entry_points.filter((point) => point.hours === key).map((point) => ({ kind: 'entryPoint' as const, key: point.key })),
    ...setup.sla_policies.filter((policy) => policy.hours === key).map((policy) => ({ kind: 'sla' as const, key: policy.key })),
    ...allocatedBy(setup, key).map((rule) => ({ kind: 'allocation' as const, key: rule.key })),
  ]
}
