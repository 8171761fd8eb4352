import type { CommitmentRow } from '@/shared/api/commitments'

/** What was promised, by what it asks of us: a customer to win back before all, then what is late, then by time. */
export function inOrder(rows: CommitmentRow[], nowMs: number): CommitmentRow[] {
  const rank = (one: CommitmentRow): number => (one.kind === 'recovery' ? 0 : isOverdue(one, nowMs) ? 1 : 2)
  return [...rows].sort((a, b) => rank(a) - rank(b) || Date.parse(a.due_at) - Date.parse(b.due_at))
}

export function isOverdue(one: Pick<CommitmentRow, 'state' | 'due_at'>, nowMs: number): boolean {
  return one.state === 'broken' || Date.parse(one.due_at) < nowMs
}

/** A price holds until its day; null: it is no quote, or holds for ever. */
export function priceHolds(one: Pick<CommitmentRow, 'kind' | 'valid_until'>, nowMs: number): boolean | null {
  if (one.kind !== 'quote' || !one.valid_until) return null
  return Date.parse(one.valid_until) > nowMs
}

/** What a recovery says: its score, and the customer's own words behind it; null for text of another form. */
export function scoreOf(text: string): { score: number; said: string } | null {
  const found = /^([1-5]) \/ 5(?:: ([\s\S]+))?$/u.exec(text)
  return found ? { score: Number(found[1]), said: found[2] ?? '' } : null
}
