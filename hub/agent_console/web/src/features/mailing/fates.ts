import type { Interaction } from '@/shared/api/types'

/** How far a message of ours has come with one of those it went to. */
export interface Fate {
  address: string
  state: 'waiting' | 'sent' | 'delayed' | 'delivered' | 'failed'
  detail: string
  bad_address: boolean
}

const STATES = ['waiting', 'sent', 'delayed', 'delivered', 'failed']

const isFate = (one: unknown): one is Fate =>
  typeof one === 'object' && one !== null && typeof (one as Fate).address === 'string' && STATES.includes((one as Fate).state)

/** What is known of each recipient, the ones that need somebody first. */
export function fatesOf(entry: Pick<Interaction, 'meta'>): Fate[] {
  const kept = entry.meta['recipients']
  const weight = (fate: Fate): number => ['failed', 'waiting', 'delayed'].indexOf(fate.state)
  const order = (fate: Fate): number => (weight(fate) < 0 ? 9 : weight(fate))
  return (Array.isArray(kept) ? kept : []).filter(isFate).sort((a, b) => order(a) - order(b))
}

/** When it is tried again, ISO 8601; '' where it is not. */
export const retryAt = (entry: Pick<Interaction, 'meta'>): string => (typeof entry.meta['retry_at'] === 'string' ? entry.meta['retry_at'] : '')
