import { expect, test } from 'vitest'

import { gatherParts } from './slots'

const component = { render: () => null }

test('parts of several features stand in their order', () => {
  const slots = gatherParts([
    { panel: [{ id: 'late', place: 'middle', order: 20, component }] },
    { panel: [{ id: 'early', place: 'last', order: 10, component }], composerTools: [{ id: 'tool', order: 1, component }] },
    {},
  ])
  expect(slots.panel.map((one) => one.id)).toEqual(['early', 'late'])
  expect(slots.composerTools.map((one) => one.id)).toEqual(['tool'])
  expect(slots.contactActions).toEqual([])
})
