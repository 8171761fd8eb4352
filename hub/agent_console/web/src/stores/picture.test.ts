import { describe, expect, it } from 'vitest'

import type { Snapshot, StateFrame } from '@/shared/api/frames'
import type { ContactRow, WaitingSummary } from '@/shared/api/types'
import { emptyPicture, take, type Picture } from './picture'

const row = (id: string, version: number): ContactRow => ({ id, version }) as ContactRow
const summary = (waiting: number): WaitingSummary => ({ waiting, longest_wait_s: null, at: '2026-11-24T00:00:00Z' })

function snapshot(n: number, contacts: ContactRow[] = []): Snapshot {
  return { type: 'snapshot', n, at: '2026-11-24T00:00:00Z', me: null as never, offers: [], contacts, to_do: [], commitments: [], mentions: 0, summary: summary(0), board: null }
}

const DELTAS: StateFrame[] = [
  { type: 'contact', n: 2, row: row('a', 1) },
  { type: 'contact', n: 3, row: row('b', 1) },
  { type: 'contact', n: 4, row: row('a', 2) },
  { type: 'summary', n: 5, summary: summary(7) },
  { type: 'contact_gone', n: 6, contact_id: 'b', row: null },
]

/** The hub's side: a resync answers with what is true after all deltas. */
const TRUTH: Snapshot = { ...snapshot(7, [row('a', 2)]), summary: summary(7) }

function play(frames: StateFrame[]): { picture: Picture; resyncs: number } {
  const picture = emptyPicture()
  let resyncs = 0
  for (const frame of frames) {
    if (take(picture, frame) !== 'gap') continue
    resyncs += 1
    take(picture, TRUTH)
  }
  return { picture, resyncs }
}

const shown = ({ contacts, summary: figures }: Picture) => ({ contacts, figures })

describe('the picture a console holds', () => {
  it('equals a fresh snapshot after all deltas came in order', () => {
    const { picture, resyncs } = play([snapshot(1), ...DELTAS])
    expect(resyncs).toBe(0)
    expect(shown(picture)).toEqual(shown(play([TRUTH]).picture))
  })

  it('ignores a delta that comes twice', () => {
    const twice = DELTAS.flatMap((frame) => [frame, frame])
    const { picture, resyncs } = play([snapshot(1), ...twice])
    expect(resyncs).toBe(0)
    expect(shown(picture)).toEqual(shown(play([TRUTH]).picture))
  })

  it.each(DELTAS.slice(0, -1).map((frame) => frame.n))('sees that delta %i is missing and equals the snapshot asked for', (missing) => {
    const { picture, resyncs } = play([snapshot(1), ...DELTAS.filter((frame) => frame.n !== missing)])
    expect(resyncs).toBe(1)
    expect(shown(picture)).toEqual(shown(play([TRUTH]).picture))
  })

  it('treats deltas out of order as a gap', () => {
    const { picture, resyncs } = play([snapshot(1), ...[...DELTAS].reverse()])
    expect(resyncs).toBe(1)
    expect(shown(picture)).toEqual(shown(play([TRUTH]).picture))
  })

  it('takes nothing before the first snapshot', () => {
    const picture = emptyPicture()
    expect(take(picture, DELTAS[0]!)).toBe('gap')
    expect(picture).toEqual(emptyPicture())
  })

  it('keeps the newer row when an older version of it comes', () => {
    const { picture } = play([snapshot(1, [row('a', 5)]), { type: 'contact', n: 2, row: row('a', 4) }])
    expect(picture.contacts['a']?.version).toBe(5)
  })
})
