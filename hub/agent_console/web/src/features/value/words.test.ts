import { describe, expect, it } from 'vitest'

import { readDocument } from './words'

describe('what is typed as rules', () => {
  it('is an object or a problem', () => {
    expect(readDocument('{"tiers": []}')).toEqual({ document: { tiers: [] } })
    expect(readDocument('[]')).toEqual({ problem: '' })
    expect(readDocument('{')).toHaveProperty('problem')
  })
})
