/** "too_large: The mail has 40 MiB" → its code and what the hub says of it; else only the text. */
export function reasonOf(reason: string): { code: string; text: string } {
  const found = /^([a-z_]+): (.*)$/su.exec(reason)
  return found ? { code: found[1]!, text: found[2]! } : { code: '', text: reason }
}
