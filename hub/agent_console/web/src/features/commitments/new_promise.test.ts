import { describe, expect, it } from 'vitest'

import { bodyOf, emptyPromise } from './new_promise'
import { ownerOf } from './owners'

const NOW = Date.parse('2026-03-10T12:00:00Z')
const a = (changes: Partial<ReturnType<typeof emptyPromise>>): ReturnType<typeof emptyPromise> => ({ ...emptyPromise(NOW), text: 'call', ...changes })

describe('what is promised', () => {
  it('is nothing without words', () => expect(bodyOf(a({ text: '  ' }))).toBeNull())

  it('is due, and whose it is', () => {
    expect(bodyOf(a({ owner: 'team:field', tell: 'done' }))).toEqual({ kind: 'callback', text: 'call', due_at: '2026-03-10T14:00:00.000Z', owner_team: 'field', tell_customer: 'done' })
    expect(ownerOf('user:u1')).toEqual({ owner_id: 'u1' })
    expect(ownerOf('')).toEqual({})
  })

  it('has a window where somebody comes, and no other time', () => {
    const visit = a({ kind: 'repair', skill: 'boiler' })
    expect(bodyOf(visit)).toMatchObject({ window_from: '2026-03-11T12:00:00.000Z', window_until: '2026-03-11T14:00:00.000Z', skill_id: 'boiler' })
    expect(bodyOf(visit)).not.toHaveProperty('due_at')
    expect(bodyOf({ ...visit, until: visit.from })).toBeNull()
  })

  it('has a price with all that belongs to it, or none', () => {
    const quote = a({ kind: 'quote', product: ' Lamp ' })
    expect(bodyOf(quote)).toMatchObject({ product_name: 'Lamp' })
    expect(bodyOf(quote)).not.toHaveProperty('price_minor')
    expect(bodyOf(quote)).not.toHaveProperty('product_id')
    expect(bodyOf({ ...quote, productId: 'p1' })).toMatchObject({ product_id: 'p1', product_name: 'Lamp' })
    expect(bodyOf({ ...quote, price: '19.90', currency: 'eur' })).toMatchObject({ price_minor: 1990, currency: 'EUR', valid_until: '2026-04-09T12:00:00.000Z' })
    for (const wrong of [{ price: 'x' }, { price: '1', currency: 'E' }, { price: '1', product: '' }, { price: '1', validUntil: '' }]) expect(bodyOf({ ...quote, ...wrong })).toBeNull()
  })
})
