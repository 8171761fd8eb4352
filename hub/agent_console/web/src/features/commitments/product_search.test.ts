import { describe, expect, it } from 'vitest'

import { productNamed } from './product_search'

const a = (id: string, name: string) => ({ id, external_id: `sku-${id}`, name, list_minor: null, currency: null, retired: false })

describe('the product that is meant', () => {
  it('is the one of that name or number', () => {
    const found = [a('1', 'Lamp'), a('2', 'Table')]
    expect(productNamed(found, ' Lamp ')?.id).toBe('1')
    expect(productNamed(found, 'sku-2')?.id).toBe('2')
  })

  it('is nobody knows which where two are called so, or none is', () => {
    expect(productNamed([a('1', 'Lamp'), a('2', 'Lamp')], 'Lamp')).toBeNull()
    expect(productNamed([a('1', 'Lamp')], 'La')).toBeNull()
  })
})
