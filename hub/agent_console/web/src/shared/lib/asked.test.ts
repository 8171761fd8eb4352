import { effectScope, nextTick, ref } from 'vue'
import { describe, expect, it } from 'vitest'

import { ApiError } from '@/shared/api/http'
import { useAsked } from './asked'

function answers() {
  const open: { id: string; tell: (answer: string) => void; fail: (error: unknown) => void }[] = []
  const get = (id: string) => new Promise<string>((tell, fail) => open.push({ id, tell, fail }))
  return { open, get }
}

const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await nextTick()
}

describe('what is asked of one thing', () => {
  it('is nothing of another one, also where the answer comes too late', async () => {
    const id = ref('a')
    const { open, get } = answers()
    const { found } = effectScope().run(() => useAsked(() => id.value, get))!
    open[0]!.tell('of a')
    await settled()
    expect(found.value).toBe('of a')
    id.value = 'b'
    await settled()
    expect(found.value).toBeNull()
    id.value = 'c'
    await settled()
    open[2]!.tell('of c')
    await settled()
    open[1]!.tell('of b')
    await settled()
    expect([found.value, open.map((one) => one.id)]).toEqual(['of c', ['a', 'b', 'c']])
  })

  it('stays while it is asked again, and where that fails', async () => {
    const version = ref(1)
    const { open, get } = answers()
    const { found, problem, load } = effectScope().run(() => useAsked(() => 'a', get, () => version.value))!
    open[0]!.tell('first')
    await settled()
    version.value = 2
    await settled()
    open[1]!.fail(new ApiError(409, 'x', 'Not now.'))
    await settled()
    expect([found.value, problem.value]).toEqual(['first', 'Not now.'])
    void load()
    open[2]!.tell('third')
    await settled()
    expect([found.value, problem.value]).toEqual(['third', ''])
  })
})
