import { describe, expect, it } from 'vitest'
import { nextTick, ref } from 'vue'

import { useCalmOrder } from './calm_order'

const items = (...ids: string[]): { id: string }[] => ids.map((id) => ({ id }))
const ids = (rows: { id: string }[]): string => rows.map((row) => row.id).join('')

describe('a list that does not move under the hand', () => {
  it('keeps its places while held, lets go who left, and counts who came', async () => {
    const list = ref(items('a', 'b', 'c'))
    const held = ref(true)
    const calm = useCalmOrder(list, held)
    list.value = items('d', 'c', 'a')
    await nextTick()
    expect([ids(calm.shown.value), ids(calm.all.value), calm.arrived.value]).toEqual(['ac', 'acd', 1])
    held.value = false
    await nextTick()
    expect([ids(calm.shown.value), ids(calm.all.value), calm.arrived.value]).toEqual(['dca', 'dca', 0])
  })

  it('shows who comes to an empty list, where all are to be seen', async () => {
    const list = ref(items())
    const calm = useCalmOrder(list, ref(true))
    list.value = items('a')
    await nextTick()
    expect([ids(calm.shown.value), ids(calm.all.value)]).toEqual(['', 'a'])
  })
})
