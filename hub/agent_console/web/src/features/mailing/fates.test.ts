import { describe, expect, it } from 'vitest'

import { fatesOf, retryAt } from './fates'

const fate = (address: string, state: string) => ({ address, state, detail: '', bad_address: false })

describe('what became of a message', () => {
  it('names who needs somebody first', () => {
    const meta = { recipients: [fate('a@x.test', 'sent'), fate('b@x.test', 'waiting'), fate('c@x.test', 'failed')] }
    expect(fatesOf({ meta }).map((one) => one.address)).toEqual(['c@x.test', 'b@x.test', 'a@x.test'])
  })

  it('reads nothing into what is no list of recipients', () => {
    expect(fatesOf({ meta: {} })).toEqual([])
    expect(fatesOf({ meta: { recipients: ['a@x.test', null, fate('a', 'lost')] } })).toEqual([])
    expect(retryAt({ meta: { retry_at: 5 } })).toBe('')
  })
})
