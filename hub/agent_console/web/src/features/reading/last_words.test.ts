import { expect, it } from 'vitest'

import type { InvitedEvent } from '@/shared/api/reading'
import { isOutdated, noteWord } from './last_words'

const event = (changes: Partial<InvitedEvent>): InvitedEvent =>
  ({ uid: 'visit', sequence: 0, stamp: '2026-03-01T00:00:00Z', instead_of: null, organizer: { address: 'Li@shop.test', name: '', answer: '' }, ...changes }) as InvitedEvent

it('tells that a later word came, by number and then by time, in whatever order they are read', () => {
  const first = event({})
  const changed = event({ sequence: 1, stamp: '2026-02-01T00:00:00Z' })
  const again = event({ sequence: 1, stamp: '2026-02-02T00:00:00Z' })
  for (const one of [changed, first, again]) noteWord('a', 'request', one)
  expect([first, changed, again].map((one) => isOutdated('a', 'request', one))).toEqual([true, true, false])
})

it('believes no other conversation, no other organiser and no answer', () => {
  const ours = event({ uid: 'ours' })
  noteWord('b', 'request', ours)
  noteWord('c', 'request', event({ uid: 'ours', sequence: 9 }))
  noteWord('b', 'request', event({ uid: 'ours', sequence: 9, organizer: { address: 'x@y.test', name: '', answer: '' } }))
  noteWord('b', 'reply', event({ uid: 'ours', sequence: 9 }))
  expect(isOutdated('b', 'request', ours)).toBe(false)
})

it('keeps one time of a series apart from the others', () => {
  const time = event({ uid: 'series', instead_of: { at: null, local: '2026-03-09T09:00', zone: '' } })
  noteWord('d', 'request', time)
  noteWord('d', 'request', event({ uid: 'series', sequence: 3 }))
  expect(isOutdated('d', 'request', time)).toBe(false)
})
