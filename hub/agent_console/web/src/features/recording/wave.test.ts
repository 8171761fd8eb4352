import { expect, it } from 'vitest'

import { loudestOf, nextSpeed, recordingsOf, seekBy, wavePath } from './wave'

it('draws the loudest sample as high as its lane and silence as a line', () => {
  const path = wavePath([0, 50], 10, 20, 50)
  expect(path).toBe('M0 19.5V20.5M1 10.0V30.0')
})

it('does not blow the noise of a quiet file up', () => {
  expect(wavePath([1], 0, 16, loudestOf([[1]]))).toBe('M0 7.0V9.0')
})

it('seeks by keys and stays within the recording', () => {
  expect(seekBy('ArrowRight', 10, 60)).toBe(15)
  expect(seekBy('ArrowLeft', 3, 60)).toBe(0)
  expect(seekBy('PageUp', 50, 60)).toBe(60)
  expect(seekBy('End', 10, 60)).toBe(60)
  expect(seekBy('Tab', 10, 60)).toBeNull()
})

it('goes through the speeds and comes back to the usual one', () => {
  let speed = 1
  const seen = Array.from({ length: 5 }, () => (speed = nextSpeed(speed)))
  expect(seen).toEqual([1.25, 1.5, 2, 0.75, 1])
})

it('finds no recording in an entry without one', () => {
  expect(recordingsOf({})).toEqual([])
  expect(recordingsOf({ recordings: [{ id: 'r', state: 'kept', duration_s: 3 }] })).toHaveLength(1)
})
