import { expect, it } from 'vitest'

import { messageOf } from './errors'
import { ApiError } from './http'

it('says that the line is cut where a part of the console cannot be fetched, whatever the browser calls it', () => {
  const said = [
    'Failed to fetch dynamically imported module: https://hub.test/assets/a.js',
    'error loading dynamically imported module: https://hub.test/assets/a.js',
    'Importing a module script failed.',
    'Unable to preload CSS for /assets/a.css',
  ].map((message) => messageOf(new TypeError(message)))
  expect(new Set(said)).toEqual(new Set([messageOf(new ApiError(0, 'offline', ''))]))
})

it('hides no fault of ours', () => {
  expect(() => messageOf(new TypeError('x is undefined'))).toThrow('x is undefined')
})
