const OPAQUE = /^[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/iu

/** True for an address that says something to a person: a chat visitor's id does not. */
export function isReadable(address: string): boolean {
  return !OPAQUE.test(address)
}
