/** What is to become of tags on many contacts: of each that was switched, whether all have it then. The others stay as they are. */
export type TagChoice = ReadonlyMap<string, boolean>

/** How many of the rows have a tag: all, none, or some. */
export function spreadOf(rows: readonly { tags?: string[] }[], tag: string): { count: number; on: boolean | 'mixed' } {
  const count = rows.filter((row) => row.tags?.includes(tag)).length
  return { count, on: count === 0 ? false : count === rows.length || 'mixed' }
}

/** The choice after a tag was switched once more. One that some have goes on to all, then to none, then back. */
export function switched(choice: TagChoice, tag: string, before: boolean | 'mixed'): TagChoice {
  const next = new Map(choice)
  const now = next.get(tag)
  if (now === undefined) next.set(tag, before !== true)
  else if (before === 'mixed' && now) next.set(tag, false)
  else next.delete(tag)
  return next
}

/** The tags to put on and to take off. */
export function asked(choice: TagChoice): { add: string[]; remove: string[] } {
  const of = (on: boolean): string[] => [...choice].filter(([, wanted]) => wanted === on).map(([tag]) => tag)
  return { add: of(true), remove: of(false) }
}
