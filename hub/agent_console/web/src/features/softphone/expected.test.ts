import { expect, it } from 'vitest'

import type { Guest, GuestCall } from '@/shared/api/guests'
import type { ContactRow } from '@/shared/api/types'
import { isExpected } from './expected'

const row = (more: Partial<ContactRow>): ContactRow => ({ agent_id: 'me', entry_point_id: 'hotline', state: 'connecting', in_pbx: false, ...more }) as unknown as ContactRow
const guestCall = (more: Partial<Guest>): GuestCall => ({ guest: { mine: true, role: 'supervisor', state: 'ringing', ...more } }) as unknown as GuestCall
const calls = (point: string): boolean => point === 'hotline'

it.each([
  [{}, true],
  [{ agent_id: 'other' }, false],
  [{ entry_point_id: 'chat' }, false],
  [{ in_pbx: true }, false],
  [{ state: 'wrap_up' }, false],
] as [Partial<ContactRow>, boolean][])('answers by itself what is mine and comes now: %o', (more, expected) => {
  expect(isExpected('me', [row(more)], [], calls)).toBe(expected)
})

it('answers nothing by itself while a colleague asks: it could be either that rings', () => {
  expect(isExpected('me', [row({})], [guestCall({ role: 'consult' })], calls)).toBe(false)
  expect(isExpected('me', [row({})], [guestCall({ role: 'consult', state: 'joined' })], calls)).toBe(true)
})

it.each([
  [{}, true],
  [{ state: 'joined' }, false],
  [{ role: 'consult' }, false],
] as [Partial<Guest>, boolean][])('answers by itself what a supervisor asked to listen to, and no question of a colleague: %o', (more, expected) => {
  expect(isExpected('me', [], [guestCall(more)], calls)).toBe(expected)
})
