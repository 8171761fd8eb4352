import { expect, it } from 'vitest'

import { asked, spreadOf, switched, type TagChoice } from './tag_choice'

const ROWS = [{ tags: ['a', 'b'] }, { tags: ['a'] }, {}]
const none: TagChoice = new Map()

it('tells on how many of the rows a tag is', () => {
  expect(spreadOf(ROWS.slice(0, 2), 'a')).toEqual({ count: 2, on: true })
  expect(spreadOf(ROWS, 'a')).toEqual({ count: 2, on: 'mixed' })
  expect(spreadOf(ROWS, 'c')).toEqual({ count: 0, on: false })
})

it('switches what all have off, what none has on, and back', () => {
  for (const [before, after] of [[true, false], [false, true]] as const) {
    const once = switched(none, 'a', before)
    expect([...once]).toEqual([['a', after]])
    expect(switched(once, 'a', before).size).toBe(0)
  }
})

it('puts what some have on all, then on none, then leaves it', () => {
  let choice = none
  const seen = [1, 2, 3].map(() => (choice = switched(choice, 'a', 'mixed')).get('a'))
  expect(seen).toEqual([true, false, undefined])
})

it('asks for what was switched only', () => {
  expect(asked(new Map([['a', true], ['b', false], ['c', true]]))).toEqual({ add: ['a', 'c'], remove: ['b'] })
})
