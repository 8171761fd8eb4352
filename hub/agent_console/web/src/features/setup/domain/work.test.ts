import { describe, expect, it } from 'vitest'

import { aSetup } from './a_setup'
import { addProfile, inOrder, put, roomsOf } from './work'

describe('how agents work', () => {
  const capacity = { ...aSetup().capacity, total: 100, cost: { phone: 100, webchat: 33, email: 0 }, max: { phone: 1, webchat: 4, email: 9, fax: 2 } }

  it('there is room for as many as fit, and not for all that the maximum allows', () => {
    expect(roomsOf(capacity)).toEqual([
      { channel: 'phone', asked: 1, fit: 1 },
      { channel: 'webchat', asked: 4, fit: 3 },
      { channel: 'email', asked: 9, fit: 9 }, // costs nothing
    ])
  })

  it('a profile has its own maxima and costs, and the rest as usual', () => {
    expect(roomsOf(capacity, { webchat: 5, cost_webchat: 20, phone: 0, en: 'Chat expert' }).map((one) => one.fit)).toEqual([0, 5, 9])
  })

  it('what is left empty is not written, and zero is', () => {
    const table: Record<string, number> = { phone: 1 }
    put(table, 'phone', null)
    put(table, 'fax', 0)
    expect(table).toEqual({ fax: 0 })
  })

  it('channels are written in the order of the screens', () => {
    expect(inOrder(['fax', 'phone', 'telex'])).toEqual(['phone', 'fax', 'telex'])
  })

  it('a new profile has a name and nothing of its own', () => {
    const setup = aSetup()
    addProfile(setup, { key: 'night', zh: '夜班', en: 'Night' })
    expect(roomsOf(capacity, setup.profiles['night'])).toEqual(roomsOf(capacity))
  })
})
