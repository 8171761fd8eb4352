import { linesOf, type Line } from '@/features/desk/timeline/grouping'
import type { StreamEntry, StreamItem } from '@/shared/api/customers'
import type { Interaction } from '@/shared/api/types'

export type StreamLine = Line | { type: 'item'; key: string; item: StreamItem }

/** One of the two of a stream, with its moment. */
interface Moment {
  at: number
  seq: number
  id: string
  entry: Interaction | null
  item: StreamItem | null
}

function momentOf(one: StreamEntry): Moment[] {
  const told = one.entry ?? one.item
  return told ? [{ at: Date.parse(told.at), seq: one.entry?.seq ?? 0, id: told.id, entry: one.entry ?? null, item: one.item ?? null }] : []
}

export const idOf = (one: StreamEntry): string => (one.entry ?? one.item)?.id ?? ''

/**
 * All sources in one list, the newest at the end: days between them, messages of one author in a group as
 * long as nothing of another source comes between.
 */
export function streamLines(entries: StreamEntry[]): StreamLine[] {
  const moments = entries.flatMap(momentOf).sort((a, b) => a.at - b.at || a.seq - b.seq || (a.id < b.id ? -1 : 1))
  const lines: StreamLine[] = []
  let run: Interaction[] = []
  let day = ''
  function begin(at: string, id: string): void {
    const next = new Date(at).toDateString()
    if (next !== day) lines.push({ type: 'day', key: `day ${id}`, at })
    day = next
  }
  function flush(): void {
    for (const line of linesOf(run)) {
      if (line.type === 'day') continue
      begin(line.entry.at, line.entry.id)
      lines.push(line)
    }
    run = []
  }
  for (const { entry, item } of moments) {
    if (entry) run.push(entry)
    else if (item) {
      flush()
      begin(item.at, item.id)
      lines.push({ type: 'item', key: item.id, item })
    }
  }
  flush()
  return lines
}

/** The newest page put before what is there; null where more came than it holds, so that something would be missing between. */
export function joinNewest(shown: StreamEntry[], newest: StreamEntry[]): StreamEntry[] | null {
  const known = new Set(shown.map(idOf))
  if (shown.length > 0 && newest.length > 0 && !newest.some((one) => known.has(idOf(one)))) return null
  const fresh = new Set(newest.map(idOf))
  return [...newest, ...shown.filter((one) => !fresh.has(idOf(one)))]
}

export const SOURCES = ['contact', 'order', 'case', 'fact', 'answer', 'tier'] as const
export const WAYS = ['email', 'phone', 'webchat', 'fax', 'sms', 'record'] as const
export type Source = (typeof SOURCES)[number]

/** What is wanted of a timeline: of one source, or of one way and with words, which only what passed between us has. */
export interface Wanted {
  /** "": all sources. */
  source: '' | Source
  channel: string
  q: string
  since: string
  until: string
}

export const EVERYTHING: Wanted = { source: '', channel: '', q: '', since: '', until: '' }

/** Words and ways are looked for in what passed between us; else it is the stream of all sources. */
export const isSearch = (wanted: Wanted): boolean => wanted.q !== '' || wanted.channel !== ''

/** Words typed: another source than contacts has none to look through, so the words win. */
export function withWords(wanted: Wanted, q: string): Wanted {
  return { ...wanted, q, source: q === '' || wanted.source === 'contact' ? wanted.source : '' }
}

/** A source or a way chosen in the one field for both; a source that has no words takes them away. */
export function withChoice(wanted: Wanted, chosen: string): Wanted {
  const source = SOURCES.find((one) => chosen === `source:${one}`) ?? ''
  const channel = WAYS.find((one) => chosen === one) ?? ''
  const searched = source === '' || source === 'contact'
  return { ...wanted, source, channel, q: searched ? wanted.q : '' }
}

export const choiceOf = (wanted: Wanted): string => wanted.channel || (wanted.source ? `source:${wanted.source}` : 'all')
