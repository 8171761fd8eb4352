import { expect, test } from 'vitest'

import { keptOrder, newLink, orderOf, putIn, SECTIONS } from './panel'

test('sections that were put in order come first, the others follow as usual', () => {
  const order = orderOf({ order: ['recent', 'contact'], hidden: [], links: [] })
  expect(order.slice(0, 3)).toEqual(['recent', 'contact', 'numbers'])
  expect(order.toSorted()).toEqual([...SECTIONS].toSorted())
})

test('the usual order is no change, another is kept whole', () => {
  expect(keptOrder([...SECTIONS])).toEqual([])
  const other = [...SECTIONS].toReversed()
  expect(keptOrder(other)).toEqual(other)
})

test('a placeholder is put in where the cursor is, in place of what is chosen', () => {
  expect(putIn('https://x/', 10, 10, '{order.key}')).toEqual({ text: 'https://x/{order.key}', at: 21 })
  expect(putIn('https://x/?a', 11, 12, 'q')).toEqual({ text: 'https://x/?q', at: 12 })
})

test('a new link leads nowhere yet', () => {
  expect(newLink({ key: 'crm', zh: '客户', en: 'CRM' })).toEqual({ key: 'crm', zh: '客户', en: 'CRM', url: 'https://', channels: [], queues: [] })
})
