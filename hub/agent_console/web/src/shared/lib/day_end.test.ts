import { expect, it } from 'vitest'

import { untilDayEnds } from './day_end'

const at = (iso: string): number => Date.parse(iso)

it('counts to midnight of the zone, not of this computer', () => {
  expect(untilDayEnds(at('2026-03-10T12:00:00Z'), 'Asia/Shanghai')).toBe(4 * 3600)
  expect(untilDayEnds(at('2026-03-10T15:59:30Z'), 'Asia/Shanghai')).toBe(30)
  expect(untilDayEnds(at('2026-03-10T16:00:00Z'), 'Asia/Shanghai')).toBe(86_400)
})

it('counts the hours of a day on which clocks are changed', () => {
  expect(untilDayEnds(at('2026-03-28T23:00:00Z'), 'Europe/Rome')).toBe(23 * 3600)
  expect(untilDayEnds(at('2026-10-24T22:00:00Z'), 'Europe/Rome')).toBe(25 * 3600)
})
