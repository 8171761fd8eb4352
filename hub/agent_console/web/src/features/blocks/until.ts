/** For how long somebody is blocked: days from now, 0 for good. */
export const SPANS = [1, 7, 30, 365, 0] as const

/** The end of a block of so many days (ISO 8601), null for good. */
export function endOf(days: number, now: number): string | null {
  return days > 0 ? new Date(now + days * 86_400_000).toISOString() : null
}
