import { describe, expect, it } from 'vitest'

import { difference, folded } from './text_diff'

const shown = (before: string, after: string): string =>
  difference(before, after)
    .map((part) => (part.kind === 'same' ? part.text : part.kind === 'gone' ? `-${part.text}-` : `+${part.text}+`))
    .join('')

describe('the difference of two texts', () => {
  it('is by words, and by characters in Chinese', () => {
    expect(shown('Wait 30 days.', 'Wait 14 days.')).toBe('Wait -30-+14+ days.')
    expect(shown('三十天内退货', '十四天内退货')).toBe('-三-十+四+天内退货')
    expect(shown('', 'new')).toBe('+new+')
    expect(shown('gone', '')).toBe('-gone-')
    expect(shown('same', 'same')).toBe('same')
    expect(difference('', '')).toEqual([])
  })

  it('gives back both texts', () => {
    const before = '# A\n\n1. one 二三\n2. two'
    const after = '# B\n\n1. 二 three\n2. two\n3. 四'
    const parts = difference(before, after)
    expect(parts.filter((part) => part.kind !== 'came').map((part) => part.text).join('')).toBe(before)
    expect(parts.filter((part) => part.kind !== 'gone').map((part) => part.text).join('')).toBe(after)
  })

  it('stays quick with long texts that have nothing in common', () => {
    const parts = difference('a b '.repeat(5_000), 'c d '.repeat(5_000))
    expect(parts[0]?.kind).toBe('gone')
  })

  it('leaves out the middle of what stayed', () => {
    const long = 'x'.repeat(500)
    const parts = folded(difference(`${long} 1 ${long} 2`, `${long} 3 ${long} 4`))
    expect(parts.filter((part) => part.folded).length).toBe(2)
    expect(parts.reduce((sum, part) => sum + (part.folded ?? 0), 0)).toBeGreaterThan(700)
  })
})
