import { expect, it } from 'vitest'

import type { Area } from '@/shared/api/people'
import { mayIn } from './rights'

const AREA: Area = {
  key: 'contacts',
  reads: 'agent',
  changes: 'supervisor',
  acts: [
    { role: 'agent', changes: false, summary: 'List' },
    { role: 'supervisor', changes: true, summary: 'Move' },
    { role: 'admin', changes: true, summary: 'Erase' },
  ],
}

it('a role may what its own and lower roles may', () => {
  expect(mayIn(AREA, 'specialist').kind).toBe('none')
  expect(mayIn(AREA, 'agent').kind).toBe('look')
  expect(mayIn(AREA, 'supervisor')).toEqual({ kind: 'some', n: 1, of: 2 })
  expect(mayIn(AREA, 'admin').kind).toBe('all')
})
