import { describe, expect, it } from 'vitest'

import { nextPage, turnsAfter } from './turning'

const board = { height: 1000, whole: 2600, parts: [0, 300, 900, 1700] }

describe('the next page of a wall', () => {
  it('begins with the part that was cut off', () => {
    expect(nextPage({ ...board, top: 0 })).toBe(900)
    expect(nextPage({ ...board, top: 900 })).toBe(1700)
  })

  it('goes one screen on where a part is longer than the screen', () => {
    expect(nextPage({ ...board, whole: 4000, top: 1700 })).toBe(2700)
  })

  it('is the first one after the last', () => {
    expect(nextPage({ ...board, top: 1600 })).toBe(0)
    expect(nextPage({ height: 1000, whole: 800, parts: [0], top: 0 })).toBe(0)
  })

  it('always goes on, and comes to the end', () => {
    const tops = [0]
    while (tops.at(-1) !== 0 || tops.length === 1) {
      const top = Math.min(nextPage({ ...board, top: tops.at(-1) ?? 0 }), board.whole - board.height)
      expect(top === 0 || top > (tops.at(-1) ?? 0)).toBe(true)
      tops.push(top)
    }
    expect(tops).toEqual([0, 900, 1600, 0])
  })
})

it('takes from the address only what is offered', () => {
  expect(turnsAfter('20')).toBe(20)
  for (const said of ['0', '1', '1e9', '-5', '', undefined, ['20']]) expect(turnsAfter(said)).toBe(0)
})
