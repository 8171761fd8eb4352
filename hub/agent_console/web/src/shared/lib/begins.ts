/** Does a name, one of its words or its letters begin so? `words`: the ways it is begun, folded, such as pinyin. */
export function begins(words: readonly string[], typed: string): boolean {
  const wanted = typed.toLowerCase()
  return words.some((word) => word.startsWith(wanted) || word.split(/\s+/u).some((part) => part.startsWith(wanted)))
}
