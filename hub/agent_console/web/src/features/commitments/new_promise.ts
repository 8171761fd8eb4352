import type { NewCommitment } from '@/shared/api/commitments'
import { localStamp } from '@/shared/lib/time'
import { ownerOf } from './owners'
import { minorOf } from './words'

/** What the form holds: moments as its fields take them, in the zone of this machine. */
export interface Promised {
  kind: string
  text: string
  due: string
  owner: string
  tell: string
  product: string
  /** Of the list of products, where what was typed is one of them. */
  productId: string
  price: string
  currency: string
  validUntil: string
  from: string
  until: string
  skill: string
}

const HOUR = 3_600_000

export function emptyPromise(nowMs: number): Promised {
  const at = (hours: number): string => localStamp(new Date(nowMs + hours * HOUR))
  return { kind: 'callback', text: '', due: at(2), owner: '', tell: '', product: '', productId: '', price: '', currency: 'CNY', validUntil: at(30 * 24), from: at(24), until: at(26), skill: '' }
}

export const isVisit = (kind: string): boolean => kind === 'visit' || kind === 'repair'

/** What is sent; null while something is missing, or no price or time. */
export function bodyOf(promised: Promised): NewCommitment | null {
  const text = promised.text.trim()
  if (!text) return null
  const rest = isVisit(promised.kind) ? visitOf(promised) : promised.kind === 'quote' ? quoteOf(promised) : dueOf(promised)
  if (!rest) return null
  return { kind: promised.kind, text, ...rest, ...ownerOf(promised.owner), ...(promised.tell ? { tell_customer: promised.tell } : {}) }
}

function iso(stamp: string): string | null {
  const at = new Date(stamp)
  return stamp && !Number.isNaN(at.getTime()) ? at.toISOString() : null
}

function dueOf(promised: Promised): Partial<NewCommitment> | null {
  const due = iso(promised.due)
  return due ? { due_at: due } : null
}

function visitOf(promised: Promised): Partial<NewCommitment> | null {
  const from = iso(promised.from)
  const until = iso(promised.until)
  if (!from || !until || from >= until) return null
  return { window_from: from, window_until: until, ...(promised.skill ? { skill_id: promised.skill } : {}) }
}

/** Without a price it is promised that there will be one. */
function quoteOf(promised: Promised): Partial<NewCommitment> | null {
  const due = dueOf(promised)
  const product = promised.product.trim()
  const named = product ? { product_name: product, ...(promised.productId ? { product_id: promised.productId } : {}) } : {}
  if (!due || promised.price.trim() === '') return due && { ...due, ...named }
  const currency = promised.currency.trim().toUpperCase()
  const minor = /^[A-Z]{3}$/u.test(currency) ? minorOf(promised.price, currency) : null
  const until = iso(promised.validUntil)
  if (minor === null || !until || !product) return null
  return { ...due, ...named, price_minor: minor, currency, valid_until: until }
}
