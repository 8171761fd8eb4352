import { expect, it } from 'vitest'

import { aSetup } from './a_setup'
import { returnChannels, returnsOf, signedOutAfter } from './presence'

const presence = (lost_s: number, return_s: Record<string, number>) => ({ ...aSetup().presence, lost_s, return_s })

it('an agent is signed out when the time of their console ran out, and as long again', () => {
  expect(signedOutAfter(presence(20, {}))).toBe(40)
})

it('what an agent has goes back once they are signed out, counted from when they were gone', () => {
  expect(returnsOf(presence(20, { email: 900, webchat: 60, fax: 900, sms: 5 }))).toEqual([
    { after_s: 40, channels: ['sms'] },
    { after_s: 80, channels: ['webchat'] },
    { after_s: 920, channels: ['email', 'fax'] },
  ])
})

it('calls are asked for only where the set-up names them', () => {
  expect(returnChannels(presence(20, {}))).not.toContain('phone')
  expect(returnChannels(presence(20, { phone: 60 }))[0]).toBe('phone')
})
