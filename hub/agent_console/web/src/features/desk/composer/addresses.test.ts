import { describe, expect, it } from 'vitest'
import { addressesIn, proposals, withOthers } from './addresses'

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

describe('who may be meant', () => {
  const known = ['wang@a.test', 'Li@b.test', 'maker@factory.test']

  it('proposes for the address that is being typed, not those that stand there', () => {
    expect(proposals('', known)).toEqual(known)
    expect(proposals('LI', known)).toEqual(['Li@b.test'])
    expect(proposals('wang@a.test, a', known)).toEqual(['wang@a.test, maker@factory.test'])
    expect(proposals('maker@factory.test', known)).toEqual([])
  })

  it('answers to all with each of them once', () => {
    expect(withOthers(['wang@a.test'], ['li@b.test'], known)).toEqual(['li@b.test', 'maker@factory.test'])
  })
})
