import { expect, test } from 'vitest'

import { endOf } from './until'

test('a block ends after its days, or never', () => {
  expect(endOf(7, Date.UTC(2026, 10, 29))).toBe('2026-12-06T00:00:00.000Z')
  expect(endOf(0, Date.UTC(2026, 10, 29))).toBeNull()
})
