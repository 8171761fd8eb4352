import { describe, expect, it } from 'vitest'

import { barsOf, formatDay, formatSpans, formatWeek, nextSpan, openMinutes, parseSpans, parseTime, parseWeek, readableWeek, sameWeek, spanOf, type Span } from './week'

describe('the hours of a week', () => {
  it('are read from the words of the hub', () => {
    const week = parseWeek('Mon-Fri 09:00-12:00,13:30-18:00; Sat 10:00-14:00')!
    expect(week.days[0]).toEqual([[540, 720], [810, 1080]])
    expect(week.days[5]).toEqual([[600, 840]])
    expect(week.days[6]).toEqual([])
    expect(parseWeek('24x7')?.always).toBe(true)
  })

  it('go over the end of the week, name days one by one, and add up', () => {
    expect(parseWeek('Sat-Mon 10:00-12:00')!.days.map((spans) => spans.length)).toEqual([1, 0, 0, 0, 0, 1, 1])
    expect(parseWeek('Mon,Wed 10:00-12:00; Mon 08:00-09:00')!.days[0]).toEqual([[480, 540], [600, 720]])
  })

  it('are refused where the hub would refuse them', () => {
    expect(['Montag 09:00-12:00', 'Mon', 'Mon 9 to 5 or so', 'Mon 09:00-25:00'].map(parseWeek)).toEqual([null, null, null, null])
  })

  it('a close at or before the open is a night over midnight, drawn on into the next day', () => {
    const week = parseWeek('Fri 22:00-06:00')!
    expect(week.days[4]).toEqual([[1320, 1800]])
    expect(barsOf(week.days, 4)).toEqual([{ from: 1320, to: 1440, tail: false }])
    expect(barsOf(week.days, 5)).toEqual([{ from: 0, to: 360, tail: true }])
    expect(formatWeek(week)).toBe('Fri 22:00-06:00')
    const sunday = parseWeek('Sun 22:00-06:00')!
    expect(barsOf(sunday.days, 0)).toEqual([{ from: 0, to: 360, tail: true }])
  })

  it('are written with like days together', () => {
    expect(formatWeek(parseWeek('Tue 09:00-12:00; Mon 09:00-12:00; Wed 09:00-12:00; Fri 09:00-12:00; Sun 10:00-24:00')!)).toBe('Mon-Wed,Fri 09:00-12:00; Sun 10:00-24:00')
    expect(formatWeek(parseWeek('Mon,Tue 09:00-12:00')!)).toBe('Mon,Tue 09:00-12:00')
    expect(formatWeek({ always: false, days: [[], [], [], [], [], [], []] })).toBe('')
  })

  it('come back the same from their words, whatever they are', () => {
    let seed = 7
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let round = 0; round < 300; round += 1) {
      const days = Array.from({ length: 7 }, () =>
        Array.from({ length: random(4) }, (): Span => {
          const open = random(288) * 5
          return [open, open + 5 + random(287) * 5]
        }).sort((a, b) => a[0] - b[0] || a[1] - b[1]),
      )
      const week = { always: false, days }
      if (formatWeek(week) === '') continue
      expect(parseWeek(formatWeek(week))).toEqual(week)
      expect(sameWeek(parseWeek(formatWeek(week))!, week)).toBe(true)
    }
  })

  it('are shown with the days of the language', () => {
    const names = ['周一', '周二', '周三', '周四', '周五', '周六', '周日']
    expect(readableWeek('Mon-Fri 09:00-12:00,13:30-18:00; Sat,Sun 22:00-06:00', names, true)).toBe('周一至周五 09:00–12:00、13:30–18:00；周六、周日 22:00–06:00')
    expect(readableWeek('24x7', names, true)).toBe('24x7')
    expect(readableWeek('whenever', names, true)).toBe('whenever')
  })

  it('count minutes once where spans overlap', () => {
    expect(openMinutes(parseWeek('Mon 09:00-12:00,11:00-13:00')!)).toBe(240)
    expect(openMinutes(parseWeek('Sun 22:00-06:00; Mon 05:00-07:00')!)).toBe(540)
    expect(openMinutes(parseWeek('24x7')!)).toBe(7 * 1440)
  })
})

describe('times as they are typed', () => {
  it('may be short', () => {
    expect(['9', '09', '930', '9:30', '09：30', '24:00', '25', '9:75', 'noon', ''].map(parseTime)).toEqual([540, 540, 570, 570, 570, 1440, null, null, null, null])
    expect(spanOf('22', '6')).toEqual([1320, 1800])
    expect(spanOf('9', '9')).toEqual([540, 1980])
    expect(spanOf('24:00', '6')).toBeNull()
  })

  it('of a special day are spans or closed', () => {
    expect(parseSpans('9-12，13:30–18')).toEqual([[540, 720], [810, 1080]])
    expect(parseSpans('closed')).toEqual([])
    expect(parseSpans('later')).toBeNull()
    expect(formatDay([])).toBe('closed')
    expect(formatSpans([[540, 720]])).toBe('09:00-12:00')
  })
})

describe('another span of a day', () => {
  const day = (spans: Span[], before: Span[] = []): Span | null => nextSpan([before, spans, [], [], [], [], []], 1)

  it('begins an hour after the last one, or right after it where there is no room for that', () => {
    expect(day([])).toEqual([540, 1080])
    expect(day([[540, 720]])).toEqual([780, 1020])
    expect(day([[540, 1320]])).toEqual([1380, 1440])
    expect(day([[540, 1350]])).toEqual([1380, 1440])
  })

  it('goes before the others where the last one ends the day, or goes over midnight', () => {
    expect(day([[1080, 1440]])).toEqual([780, 1020])
    expect(day([[1320, 1800]])).toEqual([1020, 1260])
    expect(day([[300, 540], [600, 1440]])).toEqual([0, 240])
    expect(day([[0, 480], [600, 1440]])).toEqual([480, 540])
  })

  it('does not cover the end of a night of the day before', () => {
    expect(day([], [[1320, 1800]])).toEqual([540, 1080])
    expect(day([], [[1320, 2040]])).toEqual([660, 900])
    expect(day([[540, 1440]], [[1320, 1800]])).toEqual([360, 480])
  })

  it('is not there where the day is full', () => {
    expect(day([[0, 1440]])).toBeNull()
    expect(day([[30, 1440]])).toBeNull()
  })

  it.each([[[]], [[[0, 30]]], [[[540, 720], [780, 1081]]], [[[1320, 1800]]], [[[0, 700], [730, 1440]]], [[[100, 1000], [1100, 1400]]]] as [Span[]][])('never covers %j', (spans) => {
    const found = day(spans, [[1320, 1500]])
    if (found) expect([...spans, [0, 60] as Span].filter(([from, to]) => from < found[1] && found[0] < to)).toEqual([])
  })
})
