import type { EntryPointPart, HoursParts, SetupDocument } from '@/shared/api/setup_types'
import { branchesOf, type PhoneMenu } from '../domain/menu'
import { allocatedBy } from '../domain/newcomers'

/** The key under `hours` that names the holidays of all (hub/setup/hours.py). */
export const HOLIDAYS = 'calendar'
export const DEFAULT = 'default'
/** Names that hours cannot have: the holidays, and the time on the wall. */
export const RESERVED = [HOLIDAYS, 'wall']

export const hoursKeys = (setup: SetupDocument): string[] => Object.keys(setup.hours).filter((key) => key !== HOLIDAYS)

export const partsOf = (setup: SetupDocument, key: string): HoursParts => {
  const hours = setup.hours[key]
  return typeof hours === 'object' ? hours : { week: hours ?? '', zone: '', calendar: '', zh: '', en: '' }
}

/** Hours without name, zone and holidays of their own are words only, as people write them. */
export function writeParts(setup: SetupDocument, key: string, parts: HoursParts): void {
  const { week, ...more } = parts
  setup.hours[key] = Object.values(more).every((one) => one === '') ? week : parts
}

/** What hours are called; `usual`: what the default ones are, where they have no name. */
export function hoursName(setup: SetupDocument, key: string, zh: boolean, usual: string): string {
  const parts = partsOf(setup, key)
  return (zh ? parts.zh || parts.en : parts.en || parts.zh) || (key === DEFAULT ? usual : key)
}

export interface HoursUse {
  kind: 'queue' | 'entryPoint' | 'sla' | 'allocation'
  key: string
}

/** Its own hours, or those by which its menu leads callers elsewhere, at any depth. */
function goesBy(point: EntryPointPart, key: string): boolean {
  const menu = point.settings['menu'] as PhoneMenu | undefined
  return point.hours === key || menu?.hours === key || branchesOf(menu).some((one) => one.hours === key)
}

export function usesOfHours(setup: SetupDocument, key: string): HoursUse[] {
  return [
    ...setup.queues.filter((queue) => queue.hours === key).map((queue) => ({ kind: 'queue' as const, key: queue.key })),
    ...setup.entry_points.filter((point) => goesBy(point, key)).map((point) => ({ kind: 'entryPoint' as const, key: point.key })),
    ...setup.sla_policies.filter((policy) => policy.hours === key).map((policy) => ({ kind: 'sla' as const, key: policy.key })),
    ...allocatedBy(setup, key).map((rule) => ({ kind: 'allocation' as const, key: rule.key })),
  ]
}
