import { describe, expect, it } from 'vitest'

import type { Interaction } from '@/shared/api/types'
import { denseUpTo, emptyTimeline, hasGap, merge } from './timeline'

const entry = (seq: number, text = ''): Interaction => ({ id: `i${seq}`, seq, text }) as Interaction
const seqs = (entries: Interaction[]): number[] => entries.map((one) => one.seq)

describe('a timeline', () => {
  it('is in the order of seq whatever order the entries come in', () => {
    const timeline = merge(merge(emptyTimeline(), [entry(3), entry(1)], 0), [entry(2)], 0)
    expect(seqs(timeline.entries)).toEqual([1, 2, 3])
  })

  it('replaces an entry it knows by id', () => {
    const timeline = merge(merge(emptyTimeline(), [entry(1, 'sending')], 0), [entry(1, 'sent')], 0)
    expect(timeline.entries.map((one) => one.text)).toEqual(['sent'])
  })

  it('follows on from the last seq before a gap', () => {
    const timeline = merge(emptyTimeline(), [entry(4), entry(5), entry(8)], 0)
    expect(hasGap(timeline)).toBe(true)
    expect(denseUpTo(timeline)).toBe(5)
  })

  it('never moves the customer’s reading backwards', () => {
    expect(merge(merge(emptyTimeline(), [], 9), [], 4).customerReadSeq).toBe(9)
  })
})
