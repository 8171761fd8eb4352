import { describe, expect, it } from 'vitest'

import type { ReasonPart } from '@/shared/api/setup_types'
import { aReason } from './a_setup'
import { askedAbove, bringBack, hindrance, linesOf, moveBelow, moveIn, moveOut, putBack, removedOf, shift, takenKeys, takeOut } from './reason_tree'

const tree = (): ReasonPart[] => [
  aReason('order', [aReason('status'), aReason('delivery', [aReason('late'), aReason('damaged')])]),
  aReason('repair', [aReason('request'), aReason('visit', [aReason('missed')])]),
  aReason('other'),
]
const codes = (of: ReasonPart[]): string[] => linesOf(of).map((line) => line.code)
const keys = (of: ReasonPart[]): string => of.map((one) => (one.children.length > 0 ? `${one.key}(${keys(one.children)})` : one.key)).join(' ')

describe('the tree of reasons', () => {
  it('has a code for each, made of the keys on the way to it', () => {
    expect(codes(tree())).toEqual(['order', 'order/status', 'order/delivery', 'order/delivery/late', 'order/delivery/damaged', 'repair', 'repair/request', 'repair/visit', 'repair/visit/missed', 'other'])
    expect(linesOf(tree())[4]).toMatchObject({ path: 'reasons[0].children[1].children[1]', place: [0, 1, 1] })
  })

  it('moves one among its neighbours, and not beyond the ends', () => {
    const one = tree()
    expect(shift(one, [1], -1)).toEqual([0])
    expect(shift(one, [0], -1)).toEqual([0])
    expect(shift(one, [1, 1, 1], 1)).toEqual([1, 1, 1])
    expect(keys(one)).toBe('repair(request visit(missed)) order(status delivery(late damaged)) other')
  })

  it('keeps the codes of what moves below another, and of what is below it', () => {
    const one = tree()
    const before = new Set(codes(one))
    expect(moveBelow(one, [1, 1], [0], 2)).toEqual([0, 2])
    expect(keys(one)).toBe('order(status delivery(late damaged) visit(missed)) repair(request) other')
    expect(new Set(codes(one))).toEqual(before)
    expect(one[0]!.children[2]!.code).toBe('repair/visit')
    expect(moveBelow(one, [0, 2], [1], 1)).toEqual([1, 1]) // and back: as if nothing had been
    expect(one).toEqual(tree())
  })

  it('knows where one stands after a move that shifts the list above it', () => {
    const one = tree()
    expect(moveBelow(one, [0], [2], 0)).toBeNull() // two levels below order: too deep
    expect(moveBelow(one, [2], [1, 1], 1)).toEqual([1, 1, 1])
    expect(moveOut(one, [1, 1, 1])).toEqual([1, 2])
    expect(moveIn(one, [1, 2])).toEqual([1, 1, 1])
    expect(codes(one)).toContain('other')
    expect(moveOut(one, [1])).toBeNull()
    expect(moveIn(one, [0])).toBeNull()
    const two = [aReason('a'), aReason('b')]
    expect(moveBelow(two, [0], [1], 0)).toEqual([0, 0])
  })

  it('says why one cannot stand somewhere', () => {
    const one = tree()
    expect(hindrance(one, [0, 1], [0])).toBe('same')
    expect(hindrance(one, [0], [0, 1])).toBe('itself')
    expect(hindrance(one, [0], [0])).toBe('itself')
    expect(hindrance(one, [1, 1], [0, 1])).toBe('deep')
    one[1]!.children.push(aReason('other'))
    expect(hindrance(one, [2], [1])).toBe('key')
    expect(hindrance(one, [2], [0])).toBe('')
  })

  it('goes on from a neighbour, or from above, after one was taken out', () => {
    const one = tree()
    expect(takeOut(one, [1, 1, 0])).toEqual([1, 1])
    expect(takeOut(one, [2])).toEqual([1])
    expect(takeOut([aReason('only')], [0])).toBeNull()
  })

  it('lets nothing new have the code of one that moved away', () => {
    const one = tree()
    moveBelow(one, [1, 1], [0], 0)
    expect(takenKeys(one, [1])).toEqual(expect.arrayContaining(['request', 'visit']))
    expect(takenKeys(one, [])).toEqual(expect.arrayContaining(['order', 'repair', 'other']))
    expect(takenKeys(one, [])).not.toContain('late')
  })

  it('brings one back where it was, as it was, and not twice', () => {
    const before = tree()
    const one = tree()
    takeOut(one, [1, 1])
    expect(bringBack(one, before, { key: 'repair/visit', zh: '', en: '', parent: 'repair' })).toEqual([1, 1])
    expect(one).toEqual(before)
    takeOut(one, [1])
    expect(bringBack(one, before, { key: 'repair/visit', zh: '', en: '', parent: 'repair' })).toEqual([2])
    expect(codes(one)).toContain('repair/visit/missed')
    bringBack(one, before, { key: 'repair', zh: '', en: '', parent: null })
    expect(codes(one).filter((code) => code === 'repair/visit')).toHaveLength(1)
    expect(new Set(codes(one)).size).toBe(codes(one).length)
  })

  it('brings one back that only contacts remember', () => {
    const one = tree()
    expect(bringBack(one, [], { key: 'gone/long/ago', zh: '旧', en: 'Old', parent: 'gone/long' })).toEqual([3])
    expect(one[3]).toMatchObject({ key: 'ago', code: 'gone/long/ago', en: 'Old' })
  })

  it('puts one back exactly as it stood, also what was never saved', () => {
    const one = tree()
    one[1]!.children[1]!.en = 'Visit at home'
    one[1]!.children.splice(0, 0, aReason('fresh', [aReason('fresher')]))
    const stood = JSON.parse(JSON.stringify(one)) as typeof one
    for (const code of ['repair/fresh', 'repair/visit', 'repair']) {
      const line = linesOf(one).find((found) => found.code === code)!
      const removed = removedOf(one, line)
      takeOut(one, line.place)
      expect(codes(one)).not.toContain(code)
      expect(putBack(one, removed)).toEqual(line.place)
      expect(one).toEqual(stood)
      expect(putBack(one, removed)).toBeNull() // it is there
      expect(one).toEqual(stood)
    }
  })

  it('puts one back at the top where what it hung on is gone, and keeps its code', () => {
    const one = tree()
    const visit = linesOf(one).find((line) => line.code === 'repair/visit')!
    const removed = removedOf(one, visit)
    takeOut(one, visit.place)
    takeOut(one, [1])
    expect(putBack(one, removed)).toEqual([2])
    expect(one[2]).toMatchObject({ key: 'visit', code: 'repair/visit' })
  })

  it('tells what is asked because of those above, the nearest last', () => {
    const one = tree()
    one[1]!.asks = [{ field: 'serial', required: true }]
    one[1]!.children[1]!.asks = [{ field: 'serial', required: false }]
    const missed = linesOf(one).find((line) => line.reason.key === 'missed')!
    expect(askedAbove(missed)).toEqual([{ ask: { field: 'serial', required: false }, by: one[1]!.children[1] }])
  })
})
