import { expect, it } from 'vitest'

import { moved } from './list'

it('moves up and down, and not over the ends', () => {
  expect([moved([1, 2, 3], 2, 0), moved([1, 2, 3], 0, 1), moved([1, 2], 0, -1), moved([1, 2], 1, 2)]).toEqual([[3, 1, 2], [2, 1, 3], [1, 2], [1, 2]])
})
