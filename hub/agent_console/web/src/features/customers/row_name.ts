import { nameOf, type CustomerRow, type IdentityView } from '@/shared/api/customers'

/** A chat visitor's id says nothing to a person, and a key of another system less than what they can be reached at. */
export function readable(addresses: IdentityView[]): string[] {
  const reached = addresses.filter((one) => !['visitor', 'record', 'external'].includes(one.kind))
  return [...reached, ...addresses.filter((one) => one.kind === 'external')].map((one) => one.value)
}

/** What a listed customer is called: their name, else an address that a person can read. */
export const rowName = (row: CustomerRow, otherwise: string): string => nameOf(row, readable(row.addresses)[0] ?? otherwise)
