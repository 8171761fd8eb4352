import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi, type MockInstance } from 'vitest'
import { createApp, effectScope } from 'vue'

import { i18n } from '@/i18n'
import type { ContactRow } from '@/shared/api/types'
import * as api from '@/shared/api/views'
import { useToasts } from '@/stores/toasts'
import { useBulk, type Bulk } from './bulk'

const stood = { queue_id: 'q', agent_id: null, priority: 0, state: 'queued' as const }
const done = (contact_id: string, added: string[], removed: string[]): api.Before => ({ contact_id, ...stood, added, removed })
const rows = ['c1', 'c2', 'c3'].map((id) => ({ id, customer: { name: id } }) as unknown as ContactRow)
const ACT = { act: 'tags' as const, add: ['refund'], remove: ['late'] }
let asked: MockInstance<typeof api.doWithMany>

beforeEach(() => {
  setActivePinia(createPinia())
  asked = vi.spyOn(api, 'doWithMany').mockReset()
})

function bulk(): Bulk {
  let made: Bulk | undefined
  createApp({ setup: () => (effectScope().run(() => (made = useBulk(() => undefined))), () => null) }).use(i18n).mount(document.createElement('div'))
  return made!
}

it('takes back from each contact what the act did to it, and asks nothing of those it left alone', async () => {
  asked.mockResolvedValueOnce({ done: [done('c1', ['refund'], ['late']), done('c2', ['refund'], []), done('c3', [], [])], refused: [] })
  asked.mockResolvedValue({ done: [], refused: [] })
  const counts: number[] = []
  await bulk().run(rows, ACT, (count) => (counts.push(count), 'said'))
  expect(counts).toEqual([2])
  expect(asked.mock.calls).toEqual([[['c1', 'c2', 'c3'], ACT]])
  useToasts().items[0]!.action!.run()
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(3))
  expect(asked.mock.calls.slice(1)).toEqual([
    [['c1'], { act: 'tags', add: ['late'], remove: ['refund'] }],
    [['c2'], { act: 'tags', add: [], remove: ['refund'] }],
  ])
})

it('offers no undo where nothing changed, and says so', async () => {
  asked.mockResolvedValueOnce({ done: rows.map((row) => done(row.id, [], [])), refused: [] })
  await bulk().run(rows, ACT, () => 'said')
  expect(useToasts().items.map((one) => [one.text === 'said', one.action])).toEqual([[false, undefined]])
})
