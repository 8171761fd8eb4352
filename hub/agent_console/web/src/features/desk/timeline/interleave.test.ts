import { describe, expect, it } from 'vitest'

import type { Interaction } from '@/shared/api/types'
import { linesOf } from './grouping'
import { interleave, whole, withWays } from './interleave'

const said = (conversation: string, seq: number, minute: number): Interaction =>
  ({ id: `${conversation}${seq}`, conversation_id: conversation, seq, at: new Date(Date.UTC(2026, 0, 5, 12, minute)).toISOString(), kind: 'message', direction: 'in', author_id: null, channel: 'email', meta: {}, files: [], text: '' }) as unknown as Interaction
const ids = (entries: Interaction[]): string => entries.map((one) => one.id).join(' ')

describe('conversations that are one', () => {
  it('stand by time, each in its own order', () => {
    const one = [said('a', 1, 0), said('a', 2, 9), said('a', 3, 5)]
    expect(ids(interleave([one, [said('b', 1, 4), said('b', 2, 7)]]))).toBe('a1 b1 b2 a2 a3')
    expect(interleave([one])).toBe(one)
  })

  it('keep the order of each and lose nothing, whatever the times are', () => {
    let seed = 7
    const next = (below: number): number => (seed = (seed * 16807) % 2147483647) % below
    for (let round = 0; round < 200; round += 1) {
      const lists = ['a', 'b', 'c'].map((id) => Array.from({ length: next(6) }, (_, place) => said(id, place + 1, next(20))))
      const all = interleave(lists)
      expect(all).toHaveLength(lists.flat().length)
      for (const list of lists) expect(ids(all.filter((one) => list.includes(one)))).toBe(ids(list))
    }
  })

  it('show nothing beyond where one of them has more to be loaded', () => {
    const a = [said('a', 8, 10), said('a', 9, 12)] // there are seven before
    const b = [said('b', 1, 1), said('b', 2, 11)]
    const found = whole([a, b])
    expect(ids(interleave(found.lists))).toBe('a8 b2 a9')
    expect(found.earlier).toEqual(['a'])
    expect(whole([b, b]).earlier).toEqual([])
  })

  it('say from which one what follows is, and nothing where there is one only', () => {
    const lines = withWays(linesOf([said('a', 1, 0), said('b', 1, 1), said('b', 2, 2), said('a', 2, 3)]))
    expect(lines.map((line) => (line.type === 'entry' ? line.entry.id : line.type))).toEqual(['day', 'way', 'a1', 'way', 'b1', 'b2', 'way', 'a2'])
    const note = { ...said('b', 1, 1), direction: 'internal' as const }
    expect(withWays(linesOf([said('a', 1, 0), note])).map((line) => line.type)).toEqual(['day', 'entry', 'entry'])
    expect(withWays(linesOf([said('a', 1, 0)])).map((line) => line.type)).toEqual(['day', 'entry'])
  })
})
