import { texts } from '@/i18n'

const OPAQUE = /^[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/iu

/** True for an address that says something to a person: a chat visitor's id does not. */
export function isReadable(address: string): boolean {
  return !OPAQUE.test(address)
}

/** What to call a customer on screens: a chat visitor who gave no name has only an id. */
export function customerName(customer: { name: string }): string {
  return isReadable(customer.name) ? customer.name : texts.t('customer.unnamed')
}

/** Where something we know of a customer is from; a program may name a source of its own. */
export function sourceName(source: string): string {
  return texts.te(`sources.${source}`) ? texts.t(`sources.${source}`) : source
}
