import { describe, expect, it } from 'vitest'

import { aQueue, aSetup } from './a_setup'
import { aboutYears, isSound, keptAlike, queuesOwn } from './keeping'

const keep = aSetup().privacy.keep

describe('days of keeping', () => {
  it('are said together where they are alike, and without end where they are 0', () => {
    expect(keptAlike({ ...keep, texts_days: 0, access_log_days: 1095 })).toEqual([
      { days: 90, kinds: ['anonymous_chats'], fromEnd: true },
      { days: 1095, kinds: ['chats', 'mails', 'faxes', 'calls'], fromEnd: true },
      { days: 0, kinds: ['texts'], fromEnd: true },
      { days: 365, kinds: ['originals'], fromEnd: false },
      { days: 1095, kinds: ['access_log'], fromEnd: false },
    ])
  })

  it('are counted only where they can be read and are long enough', () => {
    expect(isSound(keep, {})).toBe(true)
    expect(isSound({ ...keep, access_log_days: 179 }, {})).toBe(false)
    expect(isSound({ ...keep, mails_days: '' as unknown as number }, {})).toBe(false)
    expect(isSound({ ...keep, chats_days: 1.5 }, {})).toBe(false)
    expect(isSound(keep, { sales: { ...aQueue('sales').keep, faxes_days: 36_501 } })).toBe(false)
    expect(isSound(keep, { sales: { ...aQueue('sales').keep, faxes_days: 0 } })).toBe(true)
  })

  it('are a queue’s own only where it says some', () => {
    const sales = aQueue('sales')
    sales.keep.mails_days = 0
    expect(queuesOwn(aSetup({ queues: [aQueue('support'), sales] }))).toEqual({ sales: sales.keep })
  })

  it('are told in years from one on', () => {
    expect([90, 359, 365, 548, 1095, 3650].map(aboutYears)).toEqual([0, 0, 1, 1.5, 3, 10])
  })
})
