import { expect, it } from 'vitest'

import { listOf } from './list_view'

it('only what says which view the list shows goes on to another contact', () => {
  expect(listOf({ view: 'to_do', filter: '{}', at: '12', macro: 'm1' })).toEqual({ view: 'to_do', filter: '{}' })
  expect(listOf({ at: '12' })).toEqual({})
})
