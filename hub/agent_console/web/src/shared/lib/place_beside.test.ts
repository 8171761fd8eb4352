import { expect, test } from 'vitest'

import { placeBeside } from './place_beside'

const view = { width: 400, height: 300 }
const size = { width: 100, height: 20 }

test('it stands in the middle of the wanted side', () => {
  expect(placeBeside({ left: 200, top: 100, width: 40, height: 30 }, size, 'bottom', view)).toEqual({ left: 170, top: 136 })
  expect(placeBeside({ left: 200, top: 100, width: 40, height: 30 }, size, 'right', view)).toEqual({ left: 246, top: 105 })
})

test('where it does not fit it stands on the other side', () => {
  expect(placeBeside({ left: 200, top: 270, width: 40, height: 20 }, size, 'bottom', view).top).toBe(244)
  expect(placeBeside({ left: 360, top: 100, width: 30, height: 20 }, size, 'right', view).left).toBe(254)
})

test('it never leaves the window', () => {
  expect(placeBeside({ left: 0, top: 100, width: 20, height: 20 }, size, 'bottom', view).left).toBe(8)
  expect(placeBeside({ left: 380, top: 100, width: 20, height: 20 }, size, 'bottom', view).left).toBe(292)
})
