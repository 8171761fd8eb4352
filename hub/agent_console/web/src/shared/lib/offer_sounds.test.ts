import { expect, test } from 'vitest'

import { cueOf, soundOf } from './offer_sounds'

test('without a choice the best tiers sound apart, and a choice wins', () => {
  expect([soundOf({}, 'gold', true), soundOf({}, 'standard', false)]).toEqual(['offer_best', 'offer'])
  expect([soundOf({ gold: 'bell' }, 'gold', true), soundOf({ gold: 'bell' }, 'standard', false)]).toEqual(['bell', 'offer'])
  expect(soundOf({ gold: 'a song of another version' }, 'gold', true)).toBe('offer_best')
})

test('an offer that is to be silent leaves the sound to the others', () => {
  expect(cueOf(['none', 'deep', 'bell'])).toBe('deep')
  expect(cueOf(['none'])).toBeNull()
  expect(cueOf([])).toBeNull()
})
