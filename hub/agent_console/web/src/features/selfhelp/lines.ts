/** What the channel keeps of a list on a message: a line each. Anything else is nothing. */
export function linesOf(kept: unknown): string[] {
  return typeof kept === 'string' ? kept.split('\n').filter((line) => line.trim() !== '') : []
}
