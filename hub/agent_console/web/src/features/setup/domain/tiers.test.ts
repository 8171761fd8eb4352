import { describe, expect, it } from 'vitest'

import { aQueue, aSetup } from './a_setup'
import { addTier, moveTier, removeTier, usesOfTier } from './tiers'

describe('the order of tiers', () => {
  it('takes the targets of all queues along', () => {
    const setup = aSetup({ queues: [aQueue('support', { target_s: { phone: [1, 2, 3] } })] })
    moveTier(setup, 2, 0)
    expect(setup.tiers.map((tier) => tier.key)).toEqual(['low', 'gold', 'standard'])
    expect(setup.target_s).toEqual({ phone: [60, 10, 40], email: [28_800, 3600, 14_400] })
    expect(setup.queues[0]!.target_s).toEqual({ phone: [3, 1, 2] })
    moveTier(setup, 0, 2)
    expect(setup).toEqual(aSetup({ queues: [aQueue('support', { target_s: { phone: [1, 2, 3] } })] }))
  })

  it('ends at both ends, and leaves a list alone that is too short', () => {
    const setup = aSetup({ target_s: { phone: [10] } })
    moveTier(setup, 0, -1)
    moveTier(setup, 2, 3)
    expect(setup.tiers.map((tier) => tier.key)).toEqual(['gold', 'standard', 'low'])
    moveTier(setup, 0, 2)
    expect(setup.target_s).toEqual({ phone: [10] })
  })

  it('a new tier is the last and as slow; one that goes takes its targets with it', () => {
    const setup = aSetup({ queues: [aQueue('support', { target_s: { phone: [1, 2, 3] } })] })
    addTier(setup, { key: 'new', zh: '新', en: 'New', chip: true, agents_see: '' })
    expect(setup.target_s['phone']).toEqual([10, 40, 60, 60])
    expect(setup.queues[0]!.target_s['phone']).toEqual([1, 2, 3, 3])
    removeTier(setup, 0)
    expect(setup.tiers.map((tier) => tier.key)).toEqual(['standard', 'low', 'new'])
    expect(setup.target_s['email']).toEqual([14_400, 28_800, 28_800])
  })

  it('knows where a tier is named', () => {
    const setup = aSetup({ queues: [aQueue('support', { reserve: [{ keep: 1, channel: '', tiers: ['gold'] }] })] })
    expect(usesOfTier(setup, 'gold')).toEqual([{ kind: 'queue', key: 'support' }])
    expect(usesOfTier(setup, 'standard').map((use) => use.kind)).toEqual(['default', 'shown'])
    expect(usesOfTier(setup, 'low')).toEqual([])
  })
})
