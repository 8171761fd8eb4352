import { describe, expect, it } from 'vitest'

import { linesOf } from './lines'

describe('what a message keeps of a list', () => {
  it('is a line each', () => {
    expect(linesOf('refund\n退款多久')).toEqual(['refund', '退款多久'])
  })
  it.each([undefined, null, 3, '', ' \n', ['refund']])('is nothing where it is %j', (kept) => {
    expect(linesOf(kept)).toEqual([])
  })
})
