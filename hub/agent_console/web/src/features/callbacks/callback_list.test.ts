import { reactive } from 'vue'
import { beforeEach, expect, it, vi } from 'vitest'

import * as api from '@/shared/api/callbacks'
import { ApiError } from '@/shared/api/http'
import type { Callback } from '@/shared/api/callback_types'
import { useCallbackList } from './callback_list'

type Asked = { from: string | null; limit: number; answer: (items: Callback[], after?: string | null) => Promise<void>; refuse: () => Promise<void> }

let asked: Asked[] = []
const row = (n: number, version = 1): Callback => ({ id: `c${n}`, version, made_at: new Date(Date.UTC(2026, 2, 10, 12, n)).toISOString() }) as Callback
const rows = (from: number, to: number): Callback[] => Array.from({ length: from - to + 1 }, (_, i) => row(from - i))
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const shown = (list: { items: { value: Callback[] | null } }): string[] | undefined => list.items.value?.map((item) => item.id)

beforeEach(() => {
  asked = []
  vi.spyOn(api, 'listCallbacks').mockImplementation(
    (_, from, limit = 0) =>
      new Promise((resolve, reject) =>
        asked.push({
          from,
          limit,
          answer: (items, after = null) => (resolve({ items, after }), settle()),
          refuse: () => (reject(new ApiError(0, 'offline', 'gone')), settle()),
        }),
      ),
  )
})

async function opened(items: Callback[], after: string | null = null) {
  const filter = reactive<api.CallbackFilter>({ state: 'open', kind: '', queue: '' })
  const list = useCallbackList(filter)
  void list.open()
  await asked[0]!.answer(items, after)
  return list
}

it('keeps what is shown, and says nothing, when the background cannot read', async () => {
  const list = await opened(rows(3, 1))
  void list.refresh()
  await asked[1]!.refuse()
  expect(shown(list)).toEqual(['c3', 'c2', 'c1'])
  expect(list.problem.value).toBe('')
})

it('says what is wrong where nothing is shown, until there is an answer', async () => {
  const list = useCallbackList({ state: 'open', kind: '', queue: '' })
  void list.open()
  await asked[0]!.refuse()
  expect([list.problem.value === '', list.items.value]).toEqual([false, null])
  void list.refresh()
  await asked[1]!.answer([])
  expect([list.problem.value, list.items.value]).toEqual(['', []])
})

it('reads nothing in the background while more is on its way, and more after what is being read', async () => {
  const list = await opened(rows(99, 50), 'p2')
  void list.showMore()
  await settle()
  expect(await list.refresh()).toBe(false)
  expect(asked).toHaveLength(2)
  await asked[1]!.answer(rows(49, 30), 'p3')
  expect(list.items.value).toHaveLength(70)
  void list.refresh()
  void list.showMore()
  void list.showMore()
  await settle()
  expect(asked.map((one) => one.from)).toEqual([null, 'p2', null])
  await asked[2]!.answer(rows(99, 30), 'p3')
  expect(asked.map((one) => one.from)).toEqual([null, 'p2', null, 'p3'])
  await asked[3]!.answer(rows(29, 1))
  expect([list.items.value?.length, list.more.value, asked.length]).toEqual([99, false, 4])
})

it('reads as many in the background as are shown, and folds nothing', async () => {
  const list = await opened(rows(99, 50), 'p2')
  void list.showMore()
  await settle()
  await asked[1]!.answer(rows(49, 20), 'p3')
  void list.refresh()
  expect(asked[2]!.limit).toBe(80)
  await asked[2]!.answer([row(101), row(100), ...rows(99, 22)], 'other') // c21 and c20 are beyond it now
  expect(shown(list)).toEqual(rows(101, 20).map((item) => item.id))
  expect(list.more.value).toBe(true)
  void list.showMore()
  await settle()
  expect(asked[3]!.from).toBe('p3')
  await asked[3]!.refuse()
  expect(list.items.value).toHaveLength(82)
  expect(list.problem.value).not.toBe('')
})

it('puts a changed row in its place, and takes no older answer for it', async () => {
  const list = await opened(rows(3, 1))
  void list.refresh()
  list.put({ ...row(2, 2), state: 'cancelled' })
  expect(list.items.value?.map((item) => item.version)).toEqual([1, 2, 1])
  await asked[1]!.answer(rows(3, 1))
  expect(list.items.value?.[1]?.state).toBe('cancelled')
  void list.refresh()
  await asked[2]!.answer([row(3), row(1)])
  expect(shown(list)).toEqual(['c3', 'c1'])
})

it('takes no answer to another filter than the one chosen last', async () => {
  const list = await opened(rows(3, 1))
  void list.open()
  void list.open()
  await asked[2]!.answer([row(7)])
  await asked[1]!.answer([row(1)])
  expect(shown(list)).toEqual(['c7'])
})
