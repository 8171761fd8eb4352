// @vitest-environment jsdom

import { expect, it } from 'vitest'

import { colourOf } from './mail_colours'

it.each([
  ['#fff', [255, 255, 255]],
  ['336699', [0x33, 0x66, 0x99]],
  ['rgb(1, 2, 3)', [1, 2, 3]],
  ['rgba(1,2,3,0)', null],
  ['WindowText', [0, 0, 0]],
  ['transparent', null],
  ['tomato', undefined],
  ['constructor', undefined], // what every object has is no colour
])('understands %s', (text, colour) => {
  expect(colourOf(text)).toEqual(colour)
})
