import type { Interaction } from '@/shared/api/types'

/** The entries of one conversation that are held, in the order of their dense `seq` (from 1). */
export interface Timeline {
  entries: Interaction[]
  customerReadSeq: number
}

export function emptyTimeline(): Timeline {
  return { entries: [], customerReadSeq: 0 }
}

/** Put entries in: known ids are replaced, the order is by seq, whatever order they came in. */
export function merge(timeline: Timeline, items: Interaction[], customerReadSeq: number): Timeline {
  const byId = new Map(timeline.entries.map((entry) => [entry.id, entry]))
  for (const item of items) byId.set(item.id, item)
  return {
    entries: [...byId.values()].sort((a, b) => a.seq - b.seq),
    customerReadSeq: Math.max(timeline.customerReadSeq, customerReadSeq),
  }
}

/** The last seq up to which nothing is missing above the first held entry: where to follow on from. */
export function denseUpTo(timeline: Timeline): number {
  const first = timeline.entries[0]
  if (!first) return 0
  let seq = first.seq - 1
  for (const entry of timeline.entries) {
    if (entry.seq > seq + 1) break
    seq = entry.seq
  }
  return seq
}

export function hasGap(timeline: Timeline): boolean {
  const last = timeline.entries.at(-1)
  return last !== undefined && denseUpTo(timeline) < last.seq
}
