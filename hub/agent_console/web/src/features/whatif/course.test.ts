import { describe, expect, it } from 'vitest'

import { fewAreLeftOut, isSeveral, lineOf, spanName, spansOf, usedOf } from './course'

const part = (contacts: number, wait: number | null = contacts * 10) => ({ contacts, mean_wait_s: wait, service_level: 0.5 })
const at = (iso: string): number => Date.parse(iso) / 1000
const ZONE = 'Asia/Shanghai'

describe('the parts of a course', () => {
  it('end with the time, though the step goes beyond it', () => {
    const spans = spansOf({ begins: '2026-03-10T00:00:00+08:00', ends: '2026-03-10T05:20:00+08:00', step_s: 7200 }, 3)
    expect(spans.map((one) => spanName(one, false, 'en', ZONE))).toEqual(['00:00–02:00', '02:00–04:00', '04:00–05:20'])
  })

  it('tell their date over several days', () => {
    const name = (from: string, to: string) => spanName({ from: at(from), to: at(to) }, true, 'en', ZONE)
    expect(name('2026-03-10T09:00:00+08:00', '2026-03-10T12:00:00+08:00')).toBe('3/10 09:00–12:00')
    expect(name('2026-03-10T21:00:00+08:00', '2026-03-11T00:00:00+08:00')).toBe('3/10 21:00–00:00')
    expect(name('2026-03-10T21:00:00+08:00', '2026-03-11T03:00:00+08:00')).toBe('3/10 21:00–3/11 03:00')
  })

  it('of whole days are dates, also where the clocks change', () => {
    const spans = spansOf({ begins: '2026-03-28T00:00:00+01:00', ends: '2026-03-31T00:00:00+02:00', step_s: 86_400 }, 3)
    expect(spans.map((one) => spanName(one, true, 'en', 'Europe/Berlin'))).toEqual(['3/28', '3/29', '3/30'])
    expect(spanName({ from: at('2026-03-10T00:00:00+08:00'), to: at('2026-03-12T00:00:00+08:00') }, true, 'zh-CN', ZONE)).toBe('3/10–3/11')
  })

  it('are of one day until the midnight after it', () => {
    expect(isSeveral({ begins: '2026-03-10T00:00:00+08:00', ends: '2026-03-11T00:00:00+08:00', zone: ZONE })).toBe(false)
    expect(isSeveral({ begins: '2026-03-10T00:00:00+08:00', ends: '2026-03-11T00:30:00+08:00', zone: ZONE })).toBe(true)
  })

  it('begin with the first contact, recorded or modelled, and end with the last', () => {
    expect(usedOf({ recorded: [part(0), part(0), part(2), part(0)], model: [part(0), part(0.4), part(2), part(0)] })).toEqual({ from: 1, to: 3 })
    expect(usedOf({ recorded: [part(0)], model: [part(0)] })).toEqual({ from: 0, to: 0 })
  })
})

describe('the lines of a course', () => {
  it('leave out parts of few contacts', () => {
    const course = { channel: 'phone', recorded: [part(2), part(8)], model: [part(2.4), part(7.6)], changed: null }
    expect(fewAreLeftOut(course)).toBe(true)
    expect(lineOf(course.recorded, 'mean_wait_s', true)).toEqual([null, 80])
    expect(lineOf(course.model, 'service_level', true)).toEqual([null, 0.5])
  })

  it('are drawn nevertheless where there are no others', () => {
    const course = { channel: 'fax', recorded: [part(1), part(0, null)], model: [part(1), part(0, null)], changed: null }
    expect(fewAreLeftOut(course)).toBe(false)
    expect(lineOf(course.recorded, 'mean_wait_s', false)).toEqual([10, null])
  })
})
