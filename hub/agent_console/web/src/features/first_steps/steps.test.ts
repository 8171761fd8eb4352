import { expect, it } from 'vitest'

import type { PointState } from '@/shared/api/points'
import { stepsOf } from './steps'

const point = (key: string, channel: string, more: Partial<PointState> = {}): PointState => ({ key, channel, served: true, trouble: [], test: null, ...more })

it('a channel is done once an entry point of it lacks nothing', () => {
  const steps = stepsOf([point('shop', 'webchat'), point('mail', 'email', { trouble: ['no_mailbox'] }), point('line', 'phone', { served: false })], 1)
  expect(steps.map((one) => [one.key, one.done])).toEqual([['chat', true], ['mailbox', false], ['phone', false], ['colleagues', false]])
  expect(steps[1]?.to).toBe('/setup/points/mail')
})

it('where there is no entry point yet, the list leads to a new one', () => {
  const steps = stepsOf([], 2)
  expect(steps.map((one) => one.to)).toEqual(['/setup/points', '/setup/points', '/setup/points', '/people'])
  expect(steps[3]?.done).toBe(true)
})
