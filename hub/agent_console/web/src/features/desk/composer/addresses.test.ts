import { describe, expect, it } from 'vitest'
import { addressesIn } from './addresses'

describe('addresses in a line', () => {
  it.each([
    ['li@a.test, wang@b.test', ['li@a.test', 'wang@b.test']],
    ['li@a.test；wang@b.test，chen@c.test', ['li@a.test', 'wang@b.test', 'chen@c.test']],
    ['li@a.test wang@b.test', ['li@a.test', 'wang@b.test']],
    ['Li Na <li@a.test>, "Wang, Wei" <wang@b.test>', ['li@a.test', 'wang@b.test']],
    ['nobody', ['nobody']], // told by the hub, never dropped here
    [' ,; ', []],
  ])('%s', (line, addresses) => {
    expect(addressesIn(line)).toEqual(addresses)
  })
})
