/** What a new hub still needs, from what is really there. Pure. */
import type { PointState } from '@/shared/api/points'

export interface Step {
  key: 'chat' | 'mailbox' | 'phone' | 'colleagues'
  done: boolean
  to: string
}

const CHANNELS = { chat: 'webchat', mailbox: 'email', phone: 'phone' } as const

/** A channel is there once one of its entry points is in service and lacks nothing. */
export function stepsOf(points: PointState[], people: number): Step[] {
  const channels = (['chat', 'mailbox', 'phone'] as const).map((key): Step => {
    const mine = points.filter((one) => one.channel === CHANNELS[key])
    return { key, done: mine.some((one) => one.served && one.trouble.length === 0), to: mine[0] ? `/setup/points/${mine[0].key}` : '/setup/points' }
  })
  return [...channels, { key: 'colleagues', done: people > 1, to: '/people' }]
}
