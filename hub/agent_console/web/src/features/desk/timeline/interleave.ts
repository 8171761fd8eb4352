import type { Interaction } from '@/shared/api/types'
import type { Line } from './grouping'

/**
 * The entries of several conversations as one, by time. Each keeps its own order, whatever its times say: of the
 * next ones the earliest comes first, and of two at once the one of the conversation that stands first.
 */
export function interleave(lists: Interaction[][]): Interaction[] {
  // That a contact went away stands on its own conversation; here it has come in.
  return byTime(lists.map((list, place) => (place ? list.filter((entry) => entry.meta['code'] !== 'merged_away') : list)))
}

function byTime(lists: Interaction[][]): Interaction[] {
  if (lists.length < 2) return lists[0] ?? []
  const places = lists.map(() => 0)
  const all: Interaction[] = []
  for (;;) {
    let next = -1
    for (const [index, list] of lists.entries()) {
      const one = list[places[index] ?? 0]
      const best = next < 0 ? undefined : lists[next]?.[places[next] ?? 0]
      if (one && (!best || Date.parse(one.at) < Date.parse(best.at))) next = index
    }
    const found = lists[next]?.[places[next] ?? 0]
    if (!found) return all
    all.push(found)
    places[next] = (places[next] ?? 0) + 1
  }
}

/**
 * What can be shown without a hole: nothing earlier than where a conversation begins of which there is more to be
 * loaded. `earlier`: the conversations to load more of, for going further back.
 */
export function whole(lists: Interaction[][]): { lists: Interaction[][]; earlier: string[] } {
  const begins = lists.flatMap((list) => (list[0] && list[0].seq > 1 ? [list[0]] : []))
  if (begins.length === 0) return { lists, earlier: [] }
  const from = Math.max(...begins.map((entry) => Date.parse(entry.at)))
  return {
    lists: lists.map((list) => (lists.length === 1 ? list : list.slice(firstAt(list, from)))),
    earlier: begins.filter((entry) => Date.parse(entry.at) === from).map((entry) => entry.conversation_id),
  }
}

function firstAt(list: Interaction[], from: number): number {
  const place = list.findIndex((entry) => Date.parse(entry.at) >= from)
  return place < 0 ? list.length : place
}

/** From which conversation the entries below it are. */
export interface Way {
  type: 'way'
  key: string
  entry: Interaction
}

/**
 * Where a timeline is made of several conversations, say before each change from which one what follows is. What is
 * among ourselves (notes, what was done) is of the contact, whichever conversation it stands on.
 */
export function withWays(lines: Line[]): (Line | Way)[] {
  const said = (line: Line): boolean => line.type === 'entry' && line.entry.direction !== 'internal'
  const ids = new Set(lines.flatMap((line) => (line.type === 'entry' && said(line) ? [line.entry.conversation_id] : [])))
  if (ids.size < 2) return lines
  let before = ''
  return lines.flatMap((line): (Line | Way)[] => {
    if (line.type !== 'entry' || !said(line) || line.entry.conversation_id === before) return [line]
    before = line.entry.conversation_id
    return [{ type: 'way', key: `way ${line.entry.id}`, entry: line.entry }, line]
  })
}
