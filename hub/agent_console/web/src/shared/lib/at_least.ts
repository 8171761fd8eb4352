/** "10,000+" where there may be more than were counted, else "7". */
export function atLeast(count: number, more: boolean, locale: string): string {
  return count.toLocaleString(locale) + (more ? '+' : '')
}
