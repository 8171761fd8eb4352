import type { KeepPart, KeptKind, QueueKeep } from '@/shared/api/keeping_types'
import type { SetupDocument } from '@/shared/api/setup_types'

/** What is kept by the end of its contact, and may differ for a queue. */
export const OF_CONTACTS = ['anonymous_chats', 'chats', 'mails', 'faxes', 'texts', 'calls'] as const
/** What has days of its own, in the order of the page. */
export const KINDS = [...OF_CONTACTS, 'originals', 'access_log'] as const satisfies readonly KeptKind[]
export const MOST_KEPT = 36_500
/** Laws ask that it is known for half a year who looked at what. */
const LEAST_LOOKED = 180

export const daysKey = <Kind extends KeptKind>(kind: Kind): `${Kind}_days` => `${kind}_days`
export const leastOf = (kind: KeptKind): number => (kind === 'access_log' ? LEAST_LOOKED : 0)

const isDays = (days: unknown, least: number): boolean => typeof days === 'number' && Number.isInteger(days) && days >= least && days <= MOST_KEPT

/** Whether days can be asked about: a field may hold anything while somebody types. */
export const isSound = (keep: KeepPart, queues: Record<string, QueueKeep>): boolean =>
  KINDS.every((kind) => isDays(keep[daysKey(kind)], leastOf(kind))) && Object.values(queues).every((own) => Object.values(own).every((days) => days === null || isDays(days, 0)))

/** By key, the queues that say something of their own. */
export function queuesOwn(setup: SetupDocument): Record<string, QueueKeep> {
  return Object.fromEntries(setup.queues.filter((queue) => Object.values(queue.keep).some((days) => days !== null)).map((queue) => [queue.key, queue.keep]))
}

/** What is kept equally long, said together; the order is that of the page. */
export function keptAlike(keep: KeepPart): { days: number; kinds: KeptKind[]; fromEnd: boolean }[] {
  const found = new Map<string, { days: number; kinds: KeptKind[]; fromEnd: boolean }>()
  for (const kind of KINDS) {
    const days = keep[daysKey(kind)]
    const fromEnd = OF_CONTACTS.some((one) => one === kind)
    const at = days === 0 ? 'never' : `${days} ${fromEnd}`
    const alike = found.get(at) ?? { days, kinds: [], fromEnd }
    found.set(at, { ...alike, kinds: [...alike.kinds, kind] })
  }
  return [...found.values()]
}

/** Whole and half years, where it is one at least: 1095 → 3. */
export const aboutYears = (days: number): number => (days < 360 ? 0 : Math.round((days / 365.25) * 2) / 2)
