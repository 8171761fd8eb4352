import { describe, expect, it } from 'vitest'

import { daysOf, inLocale, lastDays, lengthOf } from './words'

describe('the days of a report', () => {
  it('come from the address, and nothing else does', () => {
    expect(daysOf({ since: '2026-03-01', until: '2026-03-31' })).toEqual({ since: '2026-03-01', until: '2026-03-31' })
    expect(daysOf({ since: 'yesterday', until: ['2026-03-31'] })).toEqual({ since: '', until: '' })
  })

  it('are counted with both ends, also where clocks are changed', () => {
    expect(lastDays(30, '2026-03-31')).toEqual({ since: '2026-03-02', until: '2026-03-31' })
    expect(lengthOf({ since: '2026-03-02', until: '2026-03-31' })).toBe(30)
    expect(lastDays(1, '2026-03-01')).toEqual({ since: '2026-03-01', until: '2026-03-01' })
  })
})

it('words are those of the language', () => {
  expect([inLocale({ zh: '客户', en: 'Customers' }, 'zh-CN'), inLocale({ zh: '客户', en: 'Customers' }, 'en')]).toEqual(['客户', 'Customers'])
})
