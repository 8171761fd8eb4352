import { expect, test } from 'vitest'

import { callsBy, maySound, withChoice } from './alerts'

test('without a choice everything that waits for an answer calls in every way', () => {
  expect(callsBy({}, 'offer', 'sound')).toBe(true)
  expect(callsBy({}, 'missed', 'sound')).toBe(false)
})

test('one way is changed and the others stay', () => {
  const choices = withChoice({}, 'message', 'desktop', false)
  expect(choices).toEqual({ message: 'sound badge' })
  expect(callsBy(choices, 'message', 'sound')).toBe(true)
  expect(callsBy(withChoice(choices, 'message', 'desktop', true), 'message', 'desktop')).toBe(true)
})

test('an event can be without any', () => {
  const none = ['sound', 'desktop', 'badge'] as const
  const choices = none.reduce((sum, way) => withChoice(sum, 'message', way, false), {})
  expect(choices).toEqual({ message: '' })
  for (const way of none) expect(callsBy(choices, 'message', way)).toBe(false)
})

test('nothing sounds into a call, nor in the window that is looked at where that is not wished', () => {
  const set = { sound: true, alsoFocused: true, quietOnCall: true }
  expect(maySound({ focused: true, onCall: false }, set)).toBe(true)
  expect(maySound({ focused: true, onCall: true }, set)).toBe(false)
  expect(maySound({ focused: false, onCall: true }, { ...set, quietOnCall: false })).toBe(true)
  expect(maySound({ focused: true, onCall: false }, { ...set, alsoFocused: false })).toBe(false)
  expect(maySound({ focused: false, onCall: false }, { ...set, sound: false })).toBe(false)
})
