import { describe, expect, it } from 'vitest'

import { newPoint } from './points'
import { aQueue, aReason, aSetup, help } from './a_setup'
import { newEscalation, newPolicy } from './policies'
import { callsBack, keyFrom, retireQueue, setCallsBack, usesOfQueue } from './queues'

function used(): ReturnType<typeof aSetup> {
  return aSetup({
    queues: [aQueue('support', { overflow: [help({ queue: 'finance' })] }), aQueue('finance'), aQueue('repair', { overflow: [help({ queue: 'finance' }), help({ team: 'back' })] })],
    entry_points: [newPoint('mail', 'email', 'Mail', 'mail@x.test', 'finance', 'en')],
    reasons: [aReason('invoice', [aReason('copy', [], { queues: ['finance', 'support'] })])],
    canned: [{ key: 'hello', queues: ['finance'] }],
    sla_policies: [{ ...newPolicy({ key: 'gold', zh: '金', en: 'Gold' }), queues: ['finance'], escalations: [{ ...newEscalation(), action: 'move', to: 'finance' }] }],
  })
}

describe('a queue that is retired', () => {
  it('is named here and there', () => {
    expect(usesOfQueue(used(), 'finance').map((use) => `${use.kind} ${use.key}`)).toEqual(['entryPoint mail', 'overflow support', 'overflow repair', 'sla gold', 'reason copy', 'canned hello'])
    expect(usesOfQueue(used(), 'repair')).toEqual([])
  })

  it('leaves its place to another one everywhere, and nobody helps themselves', () => {
    const setup = used()
    retireQueue(setup, 'finance', 'support')
    expect(setup.queues.map((queue) => queue.key)).toEqual(['support', 'repair'])
    expect(setup.queues[0]!.overflow).toEqual([])
    expect(setup.queues[1]!.overflow.map((rule) => rule.queue || rule.team)).toEqual(['support', 'back'])
    expect(setup.entry_points[0]!.queue).toBe('support')
    expect(setup.canned[0]!.queues).toEqual(['support'])
    expect((setup.reasons[0]!.children[0] as { queues: string[] }).queues).toEqual(['support'])
    expect(setup.sla_policies[0]).toMatchObject({ queues: ['support'], escalations: [{ action: 'move', to: 'support' }] })
    expect(usesOfQueue(setup, 'finance')).toEqual([])
  })
})

describe('callbacks of a queue', () => {
  it('are written only where they differ', () => {
    const setup = aSetup()
    const queue = setup.queues[0]!
    setCallsBack(setup, queue, true)
    expect(callsBack(setup, queue)).toBe(true)
    expect(queue.callback).toMatchObject({ enabled: true, attempts: null })
    setCallsBack(setup, queue, false)
    expect(queue.callback).toBeNull()
    queue.callback = { ...queue.callback!, enabled: true, mode: null, offer_over_s: null, after_hours: null, attempts: 5, first_delay_s: null, gap_s: null, window: null, abandoned_for: null, abandoned_over_s: null, voicemail: null }
    setCallsBack(setup, queue, false)
    expect(queue.callback).toMatchObject({ enabled: false, attempts: 5 })
  })
})

describe('a key', () => {
  it('comes from the name', () => {
    expect(['Spare parts', ' Réparation 2 ', '维修', 'A&B'].map(keyFrom)).toEqual(['spare-parts', 'reparation-2', '', 'a-b'])
  })
})
