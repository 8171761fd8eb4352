import { describe, expect, it } from 'vitest'

import type { StreamEntry, StreamItem } from '@/shared/api/customers'
import type { Interaction } from '@/shared/api/types'
import { choiceOf, EVERYTHING, idOf, isSearch, joinNewest, streamLines, withChoice, withWords } from './stream_lines'

const said = (id: string, at: string, over: Partial<Interaction> = {}): StreamEntry => ({
  entry: { id, at, seq: 1, kind: 'message', direction: 'in', author_id: null, channel: 'email', meta: {}, ...over } as Interaction,
  item: null,
})
const told = (id: string, at: string): StreamEntry => ({ entry: null, item: { id, at, source: 'order' } as StreamItem })

describe('a timeline of all sources', () => {
  it('has everything at its place in time, the newest at the end, with its days', () => {
    const lines = streamLines([told('order', '2026-03-10T09:01:00Z'), said('b', '2026-03-10T09:02:00Z'), said('a', '2026-03-09T09:00:00Z')])
    expect(lines.map((line) => (line.type === 'day' ? 'day' : line.key))).toEqual(['day', 'a', 'day', 'order', 'b'])
  })

  it('groups messages of one author, but not over what lies between', () => {
    const ends = (entries: StreamEntry[]): string[] => streamLines(entries).flatMap((line) => (line.type === 'entry' ? [`${line.key} ${line.first} ${line.last}`] : []))
    const [a, b] = [said('a', '2026-03-10T09:00:00Z'), said('b', '2026-03-10T09:02:00Z')]
    expect(ends([b, a])).toEqual(['a true false', 'b false true'])
    expect(ends([b, told('order', '2026-03-10T09:01:00Z'), a])).toEqual(['a true true', 'b true true'])
  })

  it('keeps what happened at once in its own order', () => {
    const at = '2026-03-10T09:00:00Z'
    const lines = streamLines([said('z', at, { seq: 1 }), said('y', at, { seq: 2 })])
    expect(lines.filter((line) => line.type === 'entry').map((line) => line.key)).toEqual(['z', 'y'])
  })

  it('is empty of nothing', () => {
    expect(streamLines([])).toEqual([])
    expect(streamLines([{ entry: null, item: null }])).toEqual([])
  })
})

describe('what came since', () => {
  const at = '2026-03-10T09:00:00Z'
  const ids = (entries: StreamEntry[] | null): string[] | null => entries && entries.map(idOf)

  it('is put before what is shown, once', () => {
    expect(ids(joinNewest([told('b', at), told('a', at)], [told('c', at), told('b', at)]))).toEqual(['c', 'b', 'a'])
    expect(ids(joinNewest([], [told('a', at)]))).toEqual(['a'])
    expect(ids(joinNewest([told('a', at)], []))).toEqual(['a'])
  })

  it('takes the place of what is shown where there would be a gap', () => {
    expect(joinNewest([told('a', at)], [told('z', at), told('y', at)])).toBeNull()
  })
})

describe('what is wanted of it', () => {
  it('is one source or one way', () => {
    const orders = withChoice(EVERYTHING, 'source:order')
    expect([orders.source, orders.channel, choiceOf(orders), isSearch(orders)]).toEqual(['order', '', 'source:order', false])
    const mails = withChoice(orders, 'email')
    expect([mails.source, mails.channel, choiceOf(mails), isSearch(mails)]).toEqual(['', 'email', 'email', true])
    expect(withChoice(mails, 'all')).toEqual(EVERYTHING)
    expect(withChoice(mails, 'nonsense')).toEqual(EVERYTHING)
  })

  it('lets the last word count: typed words leave a source that has none, such a source leaves the words', () => {
    const typed = withWords(withChoice(EVERYTHING, 'source:order'), 'pump')
    expect([typed.source, typed.q, isSearch(typed)]).toEqual(['', 'pump', true])
    expect(withChoice(typed, 'source:order').q).toBe('')
    expect(withChoice(typed, 'source:contact').q).toBe('pump')
    expect(withWords(withChoice(EVERYTHING, 'source:contact'), 'pump').source).toBe('contact')
    expect(withWords(withChoice(EVERYTHING, 'source:order'), '').source).toBe('order')
  })
})
