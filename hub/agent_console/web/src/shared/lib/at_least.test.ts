import { expect, it } from 'vitest'

import { atLeast } from './at_least'

it('says that there may be more', () => {
  expect(atLeast(10_000, true, 'en')).toBe('10,000+')
  expect(atLeast(0, true, 'zh-CN')).toBe('0+')
  expect(atLeast(9_999, false, 'en')).toBe('9,999')
})
