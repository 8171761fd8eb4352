import { expect, it } from 'vitest'

import type { MyDay } from '@/shared/api/my_day'
import { isBlank, totalsOf } from './figures'

const day = (part: Partial<MyDay>): MyDay => ({ at: '', since: '', channels: [], first_reply_s: null, scores: 0, score: null, kept: 0, broken: 0, missed: 0, states: [], ...part })

it('is blank until something was done, and has no mean of nothing', () => {
  expect(isBlank(day({ states: [{ state: 'ready', reason: null, seconds: 60 }] }))).toBe(true)
  expect(isBlank(day({ missed: 1 }))).toBe(false)
  expect(totalsOf(day({}))).toEqual({ taken: 0, handleS: null, readyS: 0 })
})

it('weighs the mean by how many contacts each channel had, and leaves out channels without one', () => {
  const channels = [
    { channel: 'phone', taken: 3, handle_s: 100 },
    { channel: 'email', taken: 1, handle_s: 300 },
    { channel: 'fax', taken: 5, handle_s: null },
  ]
  const states = [
    { state: 'ready', reason: null, seconds: 60 },
    { state: 'not_ready', reason: 'break', seconds: 30 },
  ]
  expect(totalsOf(day({ channels, states }))).toEqual({ taken: 9, handleS: 150, readyS: 60 })
})
