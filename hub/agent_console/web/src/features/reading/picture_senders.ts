import type { Interaction } from '@/shared/api/types'

/** Of how many senders pictures are shown at once; the oldest choice goes. The hub keeps 16 KiB of settings. */
export const MOST_SENDERS = 80
const LONGEST = 100

/**
 * Whose pictures may be shown without being asked for each time, in the form in which it is remembered; '' for
 * what is ours, and for a mail that may not be from whom it names: there each one is asked for.
 */
export function rememberedSender(entry: Interaction): string {
  const { meta } = entry
  const address = typeof meta['from'] === 'string' ? meta['from'].trim().toLowerCase() : ''
  const doubtful = meta['dmarc'] === 'fail' || meta['dmarc'] === 'temperror' || Boolean(meta['spam'])
  const came = entry.direction === 'in' || (entry.kind === 'aside' && entry.author_id === null)
  return came && !doubtful && address.includes('@') && address.length <= LONGEST ? address : ''
}

/** The list with a sender put on it, the newest last. */
export const withSender = (senders: string[], address: string): string[] => [...senders.filter((one) => one !== address), address].slice(-MOST_SENDERS)

export const withoutSender = (senders: string[], address: string): string[] => senders.filter((one) => one !== address)
