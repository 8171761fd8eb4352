import { describe, expect, it } from 'vitest'

import { marked } from './marked'

describe('what was found in a text', () => {
  it('is marked whatever its case, the longest first', () => {
    expect(marked('Leaking pipe, leak', ['leak', 'Leaking'])).toEqual([
      { text: 'Leaking', hit: true },
      { text: ' pipe, ', hit: false },
      { text: 'leak', hit: true },
    ])
  })

  it('is never a pattern of its own', () => {
    expect(marked('a.b (c', ['.', '(c'])).toEqual([{ text: 'a', hit: false }, { text: '.', hit: true }, { text: 'b ', hit: false }, { text: '(c', hit: true }])
    expect(marked('<b>x</b>', [])).toEqual([{ text: '<b>x</b>', hit: false }])
  })
})
