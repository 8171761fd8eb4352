import { describe, expect, it } from 'vitest'

import { money } from './money'

describe('money', () => {
  it.each([
    [1250, 'CNY', 2, 'zh-CN', '¥12.50'],
    [-1250, 'CNY', 2, 'zh-CN', '-¥12.50'],
    [1250, 'JPY', 0, 'en', '¥1,250'],
    [1250, 'USD', 2, 'en', '$12.50'],
    [900719925474099, 'USD', 2, 'en', '$9,007,199,254,740.99'],
  ])('shows %i %s with %i decimals in %s as %s', (minor, currency, decimals, locale, text) => expect(money(minor, currency, decimals, locale)).toBe(text))

  it('keeps the decimals of the currency, whatever the browser thinks', () => {
    expect(money(1250, 'KWD', 3, 'en')).toMatch(/1\.250$/)
  })
})
