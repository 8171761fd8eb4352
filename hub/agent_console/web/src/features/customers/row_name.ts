import { nameOf, type CustomerRow, type IdentityView } from '@/shared/api/customers'

/** A chat visitor's id says nothing to a person. */
export const readable = (addresses: IdentityView[]): string[] =>
  addresses.filter((one) => !['visitor', 'record'].includes(one.kind)).map((one) => one.value)

/** What a listed customer is called: their name, else an address that a person can read. */
export const rowName = (row: CustomerRow, otherwise: string): string => nameOf(row, readable(row.addresses)[0] ?? otherwise)
