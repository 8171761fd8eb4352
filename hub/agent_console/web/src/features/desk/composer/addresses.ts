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

/** What a line of addresses may become: each known one in place of the last that is being typed. Those in it are left out. */
export function proposals(line: string, known: readonly string[]): string[] {
  const cut = Math.max(line.lastIndexOf(','), line.lastIndexOf(';'), line.lastIndexOf('，'), line.lastIndexOf('；')) + 1
  const [before, typed] = [line.slice(0, cut), line.slice(cut).trim().toLowerCase()]
  const there = addressesIn(before).map((one) => one.toLowerCase())
  const fits = known.filter((one) => !there.includes(one.toLowerCase()) && one.toLowerCase().includes(typed) && one.toLowerCase() !== typed)
  return fits.slice(0, 8).map((one) => (before ? `${before.trimEnd()} ${one}` : one))
}

/** Everybody who is to get it, once; `others` behind those who get a copy already. */
export function withOthers(to: readonly string[], cc: readonly string[], others: readonly string[]): string[] {
  const there = [...to, ...cc].map((one) => one.toLowerCase())
  return [...cc, ...others.filter((one) => !there.includes(one.toLowerCase()))]
}
