/**
 * The addresses in a line that a person wrote: divided by commas, semicolons or spaces, a name
 * before one in angle brackets left out ("Li Na <li@example.test>"). The hub checks them.
 */
export function addressesIn(line: string): string[] {
  const unquoted = line.replace(/"[^"]*"/gu, '') // a name may hold commas
  return unquoted.split(/[,;，；\n]/u).flatMap((part) => {
    const bracketed = /<([^<>]*)>\s*$/u.exec(part)
    return (bracketed ? bracketed[1]! : part).split(/\s+/u).filter(Boolean)
  })
}
