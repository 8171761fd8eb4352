import { describe, expect, it } from 'vitest'

import { dotsOf, heightOf, lineOf, meanText, trendShown } from './scores'

const FRAME = { width: 100, height: 50, edge: 5 }

describe('the small chart of scores', () => {
  it('stands from the oldest to the newest, the worst at the bottom', () => {
    const dots = dotsOf([1, 3, 5], FRAME) // newest first
    expect(dots.map((dot) => dot.score)).toEqual([5, 3, 1])
    expect(dots.map((dot) => dot.x)).toEqual([5, 50, 95])
    expect(dots.map((dot) => dot.y)).toEqual([5, 25, 45])
    expect(dots.map((dot) => dot.low)).toEqual([false, false, true])
    expect(lineOf(dots)).toBe('M5.0 5.0L50.0 25.0L95.0 45.0')
  })

  it('has one score in the middle, without a line, and nothing of none', () => {
    const dots = dotsOf([4], FRAME)
    expect(dots.map((dot) => dot.x)).toEqual([50])
    expect(lineOf(dots)).toBe('')
    expect(dotsOf([], FRAME)).toEqual([])
  })

  it('stays inside whatever comes', () => {
    expect(heightOf(9, FRAME)).toBe(5)
    expect(heightOf(-3, FRAME)).toBe(45)
  })
})

describe('what the scores add up to', () => {
  it('is written in the figures of the language', () => {
    expect(meanText(4, 'en')).toBe('4.0')
    expect(meanText(3.666, 'zh-CN')).toBe('3.7')
    expect(meanText(4.25, 'de')).toBe('4,3')
  })

  it('has no trend with one answer', () => {
    expect(trendShown({ n: 1, trend: 'stays' })).toBeNull()
    expect(trendShown({ n: 2, trend: 'falls' })).toBe('falls')
    expect(trendShown({ n: 0, trend: null })).toBeNull()
  })
})
