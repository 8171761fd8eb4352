import { describe, expect, it } from 'vitest'

import type { Group, Measure } from '@/shared/api/whatif_types'
import { fitOf, interval, shown, signed, verdictOf } from './words'

const measure = (value: number | null, low: number | null = null, high: number | null = null): Measure => ({ value, low, high })
const group = (recorded: number | null, model: Measure): Group => {
  const none = { mean_wait_s: measure(recorded), p90_wait_s: measure(null), service_level: measure(null), abandoned: measure(null) }
  return { channel: 'phone', by: 'all', name: '', contacts: 100, recorded: none, model: { ...none, mean_wait_s: model }, changed: null, difference: null }
}

describe('the figures in words', () => {
  it('are times or shares, with a tenth where a second is much', () => {
    expect(shown('mean_wait_s', 48.2, 'en')).toBe('48s')
    expect(shown('mean_wait_s', 3.24, 'en')).toBe('3.2s')
    expect(shown('p90_wait_s', null, 'en')).toBe('–')
    expect(shown('service_level', 0.8412, 'en')).toBe('84.1%')
  })

  it('of a difference have a sign; nothing has none', () => {
    expect(signed('mean_wait_s', -27, 'en')).toBe('−27s')
    expect(signed('service_level', 0.04, 'en')).toBe('+4')
    expect(signed('abandoned', 0, 'en')).toBe('0')
  })

  it('have an interval only where there is one', () => {
    const say = (value: number) => `${value}s`
    expect(interval(measure(21, 19, 24), say)).toBe('19s–24s')
    expect(interval(measure(21), say)).toBe('')
  })

  it('judge a difference only beyond chance, by which way is good', () => {
    expect(verdictOf('mean_wait_s', measure(-5, -8, -2))).toBe('better')
    expect(verdictOf('service_level', measure(-0.1, -0.2, -0.05))).toBe('worse')
    expect(verdictOf('mean_wait_s', measure(-5, -11, 1))).toBe('same')
    expect(verdictOf('mean_wait_s', measure(-5))).toBe('same')
  })
})

describe('how well the model fits', () => {
  it.each([
    [30, measure(32, 31, 33), 'good'],
    [30, measure(60, 20, 100), 'good'],
    [100, measure(60, 55, 65), 'fair'],
    [100, measure(20, 18, 22), 'poor'],
    [0.5, measure(3, 2.5, 3.2), 'good'],
  ])('of %d recorded and %j', (recorded, model, level) => {
    expect(fitOf(group(recorded, model))?.level).toBe(level)
  })

  it('is not told where nobody came', () => {
    expect(fitOf(group(null, measure(3)))).toBeNull()
  })
})
