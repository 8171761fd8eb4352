import { describe, expect, it } from 'vitest'

import type { Interaction } from '@/shared/api/types'
import { linesOf } from './grouping'
import { interleave, withWays } from './interleave'
import { partsOf } from './parts'

const minute = (n: number): string => new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString()
const entry = (conversation: string, seq: number): Interaction =>
  ({ id: `${conversation}${seq}`, seq, conversation_id: conversation, kind: 'message', direction: 'in', at: minute(seq), meta: {} }) as unknown as Interaction
const range = (conversation: string, from: number, to: number): Interaction[] => Array.from({ length: to - from + 1 }, (_, place) => entry(conversation, from + place))
const cut = (...lists: Interaction[][]) => partsOf(withWays(linesOf(interleave(lists))))

describe('parts of a timeline', () => {
  it('hold every line once, in its order, few each', () => {
    const lines = withWays(linesOf(interleave([range('a', 1, 2000), range('b', 500, 700)])))
    const parts = partsOf(lines)
    expect(parts.flatMap((part) => part.lines)).toEqual(lines)
    expect(Math.max(...parts.map((part) => part.lines.length))).toBeLessThan(40)
    expect(new Set(parts.map((part) => part.key)).size).toBe(parts.length)
  })

  it('stay the same while an older page comes above and new words below', () => {
    const before = cut(range('a', 145, 200)).map((part) => part.key)
    const after = cut(range('a', 45, 207)).map((part) => part.key)
    expect(after.slice(after.indexOf(before[0] ?? ''))).toEqual(before)
    expect(cut(range('a', 45, 213)).map((part) => part.key)).toEqual([...after, 'a 21'])
  })

  it('keep a day with the entry below it', () => {
    const parts = cut([{ ...entry('a', 9), at: minute(0) }, { ...entry('a', 10), at: minute(3000) }])
    expect(parts.map((part) => part.lines.map((line) => line.type))).toEqual([
      ['day', 'entry'],
      ['day', 'entry'],
    ])
  })
})
