import { describe, expect, it } from 'vitest'

import { formatDuration, parseDuration } from '@/shared/lib/duration'

describe('a length of time', () => {
  it('is read as people write it', () => {
    const written = { '5': 5, '5 s': 5, '2min': 120, '2 m': 120, '1.5 h': 5400, '1h30': 5400, '1 h 30 min': 5400, '2:30': 150, '8 小时': 28_800, '1小时30分': 5400, '30 秒': 30, '0,5 h': 1800, '1 min 30': 90 }
    expect(Object.fromEntries(Object.keys(written).map((text) => [text, parseDuration(text)]))).toEqual(written)
  })

  it('is refused where it cannot be read; days are not, for a day of business has not 24 hours', () => {
    expect(['', 'soon', '5 x', '-5', '1 d', '1 天', '2:75', 'min'].map(parseDuration)).toEqual(Array<null>(8).fill(null))
  })

  it('is written without loss, in the language of the screens', () => {
    expect([5, 120, 90, 28_800, 5400, 86_400, 0, 3661, 0.5].map((seconds) => formatDuration(seconds, 'en'))).toEqual(['5 s', '2 min', '1 min 30 s', '8 h', '1 h 30 min', '24 h', '0 s', '1 h 1 min 1 s', '0.5 s'])
    expect([20, 900, 30_600].map((seconds) => formatDuration(seconds, 'zh-CN'))).toEqual(['20 秒', '15 分钟', '8 小时 30 分钟'])
  })

  it('is read back as it was written', () => {
    for (let seconds = 0; seconds < 200_000; seconds += 37) {
      for (const locale of ['en', 'zh-CN']) expect(parseDuration(formatDuration(seconds, locale))).toBe(seconds)
    }
  })
})
