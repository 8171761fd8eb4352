import type { Named, PanelLink, SidePanel } from '@/shared/api/setup_types'

/** The sections in the usual order, as in hub/contacts/panel/model.py. */
export const SECTIONS = ['numbers', 'commitments', 'joined', 'contact', 'business', 'knowledge', 'facts', 'recent', 'links'] as const
export const MOST_LINKS = 30
export const MOST_URL = 2000
/** What may stand in an address; `customer.key.shop` is the key in the system "shop". */
export const PLACES = [
  'customer.key', 'customer.phone', 'customer.email', 'customer.name', 'customer.organisation', 'customer.id', 'order.key',
  'contact.id', 'contact.reference', 'contact.subject', 'queue.id', 'agent.name', 'agent.email', 'organisation',
] as const

/** All sections as they stand: those that were put in order, then the others as usual. */
export function orderOf(panel: SidePanel): string[] {
  return [...panel.order, ...SECTIONS.filter((one) => !panel.order.includes(one))]
}

/** What is kept of an order: nothing where it is the usual one. */
export const keptOrder = (order: string[]): string[] => (order.every((one, at) => one === SECTIONS[at]) ? [] : order)

export const newLink = (named: Named): PanelLink => ({ ...named, url: 'https://', channels: [], queues: [] })

/** A text with something put in where the cursor is, and where it is then. */
export function putIn(text: string, from: number, to: number, added: string): { text: string; at: number } {
  return { text: text.slice(0, from) + added + text.slice(to), at: from + added.length }
}
