import { expect, test } from 'vitest'

import { gatherParts, slotsOf } from './slots'

const component = { render: () => null }

test('parts of several features stand in their order', () => {
  const slots = gatherParts([
    { panel: [{ id: 'late', place: 'ordered', order: 20, component }] },
    { panel: [{ id: 'early', place: 'last', order: 10, component }], composerTools: [{ id: 'tool', order: 1, component }] },
    {},
  ])
  expect(slots.panel.map((one) => one.id)).toEqual(['early', 'late'])
  expect(slots.composerTools.map((one) => one.id)).toEqual(['tool'])
  expect(slots.contactActions).toEqual([])
})

test('a feature that cannot be fetched takes no other away, and is there when it is asked for again', async () => {
  const section = (id: string) => ({ parts: { panel: [{ id, place: 'first' as const, order: 1, component }] } })
  let online = false
  let reads = 0
  const { slots, ask } = slotsOf([
    () => Promise.resolve(section('facts')),
    () => ((reads += 1), online ? Promise.resolve(section('value')) : Promise.reject(new TypeError('not fetched'))),
  ])
  const shown = (): string[] => slots.value.panel.map((one) => one.id)
  await ask()
  expect(shown()).toEqual(['facts'])
  online = true
  await ask()
  expect(shown()).toEqual(['facts', 'value'])
  await ask()
  expect(reads).toBe(2)
})
