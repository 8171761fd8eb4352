import { describe, expect, it } from 'vitest'

import { complete, saidOf } from './said'

describe('what is said at closing', () => {
  it('is nothing where nothing was chosen', () => {
    expect(saidOf({ outcome: '', article: 'a', note: 'n' })).toBeNull()
    expect(complete({ outcome: '', article: '', note: '' })).toBe(true)
  })

  it('names the article that answered it', () => {
    expect(complete({ outcome: 'linked', article: '', note: '' })).toBe(false)
    expect(saidOf({ outcome: 'linked', article: 'a', note: 'of before' })).toEqual({ outcome: 'linked', article_id: 'a' })
  })

  it('has a note where something is missing or not needed', () => {
    expect(saidOf({ outcome: 'missing', article: 'a', note: '  滤芯多久换 ' })).toEqual({ outcome: 'missing', note: '滤芯多久换' })
    expect(saidOf({ outcome: 'not_needed', article: '', note: ' ' })).toEqual({ outcome: 'not_needed' })
    expect(saidOf({ outcome: 'captured', article: 'a', note: 'x' })).toEqual({ outcome: 'captured' })
  })
})
