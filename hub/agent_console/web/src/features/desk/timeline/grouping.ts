import type { Interaction } from '@/shared/api/types'

const TOGETHER_MS = 5 * 60_000

export type Line =
  | { type: 'day'; key: string; at: string }
  | { type: 'entry'; key: string; entry: Interaction; first: boolean; last: boolean }

const isBubble = (entry: Interaction): boolean => entry.kind === 'message'

function together(a: Interaction | undefined, b: Interaction | undefined): boolean {
  if (!a || !b || !isBubble(a) || !isBubble(b)) return false
  if (a.conversation_id !== b.conversation_id) return false
  const sameAuthor = a.direction === b.direction && a.author_id === b.author_id && a.channel === b.channel
  const sameDay = new Date(a.at).toDateString() === new Date(b.at).toDateString()
  return sameAuthor && sameDay && Date.parse(b.at) - Date.parse(a.at) < TOGETHER_MS
}

/** Of a contact that was kept long enough nothing is left to tell apart: one line stands for all its entries. */
function isToldBefore(entry: Interaction, before: Interaction | undefined): boolean {
  const gone = (one: Interaction): boolean => one.meta['code'] === 'expired'
  return before !== undefined && gone(entry) && gone(before) && entry.contact_id === before.contact_id && entry.conversation_id === before.conversation_id
}

/** Day separators, and messages of one author within five minutes as one group. */
export function linesOf(all: Interaction[]): Line[] {
  const entries = all.filter((entry, index) => !isToldBefore(entry, all[index - 1]))
  const lines: Line[] = []
  entries.forEach((entry, index) => {
    const before = entries[index - 1]
    const day = new Date(entry.at).toDateString()
    if (!before || new Date(before.at).toDateString() !== day) lines.push({ type: 'day', key: `day ${entry.id}`, at: entry.at })
    lines.push({
      type: 'entry',
      key: entry.id,
      entry,
      first: !together(before, entry),
      last: !together(entry, entries[index + 1]),
    })
  })
  return lines
}

/**
 * The last word of the customer in each contact that nobody of ours has answered, by entry id. An
 * automatic acknowledgement is no answer; a call answers itself, one of ours if they picked up. The hub
 * has the last word: what it says is settled is not marked.
 */
export function unansweredOf(entries: Interaction[]): Set<string> {
  const last = new Map<string, string>()
  for (const entry of entries) {
    if (!entry.contact_id || (entry.kind !== 'message' && entry.kind !== 'fax')) continue
    if (entry.direction === 'in' && entry.unanswered !== false) last.set(entry.contact_id, entry.id)
  }
  for (const entry of entries) {
    const talked = entry.kind === 'call' && (entry.direction === 'in' || entry.meta['outcome'] === 'answered')
    const answered = talked || (entry.kind !== 'call' && entry.direction === 'out' && entry.author_id !== null)
    if (entry.contact_id && answered) last.delete(entry.contact_id)
  }
  return new Set(last.values())
}
