import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'

import * as api from '@/shared/api/desk'
import { ApiError } from '@/shared/api/http'
import type { ContactDetail, ContactRow } from '@/shared/api/types'
import { useDrafts } from './drafts'
import { useOutbox } from './outbox'
import { useQueued, type Act } from './queued'
import { useSession } from './session'
import { useToasts } from './toasts'

vi.mock('@/shared/api/desk', () => ({ reply: vi.fn(), note: vi.fn(), act: vi.fn(), getContact: vi.fn() }))

const asked = vi.mocked(api.act)
const looked = vi.mocked(api.getContact)
const offline = new ApiError(0, 'offline', '')
const conflict = new ApiError(409, 'conflict', 'Li Na has it.')
const anAct = (contactId: string, deed: Act['deed'] = 'close'): Omit<Act, 'userId'> => ({ deed, contactId, reference: `R-${contactId}`, body: {}, said: 'Closed' })
const now = (row: Partial<ContactRow>): ContactDetail => ({ contact: row }) as ContactDetail

function start(userId = 'me'): ReturnType<typeof useQueued> {
  setActivePinia(createPinia())
  useSession().me = { id: userId } as never
  return useQueued()
}

beforeEach(() => {
  localStorage.clear()
  vi.useFakeTimers()
  asked.mockReset().mockResolvedValue(undefined)
  looked.mockReset()
})

describe('acts that wait for the hub', () => {
  it('are done in order when it is back, and their user is told', async () => {
    const queued = start()
    queued.add(anAct('a', 'park'))
    queued.add(anAct('b'))
    await queued.flush()
    expect(asked.mock.calls.map(([id, deed]) => [id, deed])).toEqual([['a', 'park'], ['b', 'close']])
    expect(useToasts().items.map((one) => [one.kind, one.text])).toEqual([['done', 'Closed'], ['done', 'Closed']])
    expect(queued.waiting).toBe(0)
  })

  it('stay when there is no answer', async () => {
    const queued = start()
    queued.add(anAct('a'))
    asked.mockRejectedValueOnce(offline)
    await queued.flush()
    expect(queued.waiting).toBe(1)
    await vi.runAllTimersAsync()
    expect(queued.waiting).toBe(0)
  })

  it('wait for their user to sign in again where the session is over', async () => {
    const queued = start()
    queued.add(anAct('a'))
    asked.mockRejectedValueOnce(new ApiError(401, 'http.401', ''))
    await queued.flush()
    useSession().me = null
    queued.add(anAct('b'), 'me')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveBeenCalledOnce()
    useSession().me = { id: 'me' } as never
    await queued.flush()
    expect(asked.mock.calls.map(([id]) => id)).toEqual(['a', 'a', 'b'])
    expect(queued.waiting).toBe(0)
  })

  it('are tried again by themselves, though the line tells nothing', async () => {
    const queued = start()
    queued.add(anAct('a'))
    asked.mockRejectedValueOnce(offline)
    await vi.advanceTimersByTimeAsync(4_000)
    expect([asked.mock.calls.length, queued.waiting]).toEqual([1, 1])
    await vi.advanceTimersByTimeAsync(4_000)
    expect([asked.mock.calls.length, queued.waiting]).toEqual([2, 0])
  })

  it('give way to the same act wanted anew', async () => {
    const queued = start()
    const bodies = ['first', 'second'].map((note) => ({ disposition: { reason_id: null, outcome_id: null, next_action: null, note } }))
    for (const body of bodies) queued.add({ ...anAct('a'), body })
    queued.add(anAct('b'))
    await queued.flush()
    expect(asked.mock.calls.map(([id, , body]) => [id, body])).toEqual([['a', bodies[1]], ['b', {}]])
  })

  it('end what was begun to write there only when they are done', async () => {
    const queued = start()
    const drafts = useDrafts()
    for (const id of ['a', 'b', 'c']) drafts.save(id, { reply: 'Dear' })
    queued.add({ ...anAct('a'), endsDraft: true })
    queued.add({ ...anAct('b'), endsDraft: true })
    queued.add(anAct('c'))
    expect(['a', 'b', 'c'].map(drafts.has)).toEqual([true, true, true])
    asked.mockRejectedValueOnce(conflict)
    looked.mockResolvedValueOnce(now({ state: 'active' }))
    await queued.flush()
    expect(['a', 'b', 'c'].map(drafts.has)).toEqual([true, false, true])
  })

  it('keep what was said at closing where the hub would not, over a reload, until it is closed', async () => {
    const queued = start()
    const disposition = { reason_id: 'late', outcome_id: null, next_action: null, note: 'Twice' }
    queued.add({ ...anAct('a'), body: { disposition } })
    expect(queued.saidOf('a')).toEqual(disposition)
    asked.mockRejectedValueOnce(conflict)
    looked.mockResolvedValueOnce(now({ state: 'active' }))
    await queued.flush()
    await nextTick()
    expect([queued.waiting, start().saidOf('a'), start().saidOf('b')]).toEqual([0, disposition, null])
    expect(start('somebody else').saidOf('a')).toBeNull()
    start().forget('a')
    await nextTick()
    expect(start().saidOf('a')).toBeNull()
  })

  it('outlive a reload, and are not done for somebody else', async () => {
    start().add(anAct('a'))
    await nextTick()
    const other = start('somebody else')
    await other.flush()
    expect([other.waiting, asked.mock.calls.length]).toEqual([0, 0])
    await start().flush()
    expect(asked).toHaveBeenCalledOnce()
  })

  it('come after the answers that were written before', async () => {
    const queued = start()
    const outbox = useOutbox()
    outbox.items.push({ clientId: '1', contactId: 'a', state: 'waiting' } as never)
    queued.add(anAct('a'))
    await queued.flush()
    expect(asked).not.toHaveBeenCalled()
    outbox.items = [{ clientId: '1', contactId: 'a', state: 'held' } as never] // the hub has it
    await queued.flush()
    expect(asked).toHaveBeenCalledOnce()
  })

  it('are done where only the answer was lost', async () => {
    const queued = start()
    queued.add(anAct('a'))
    asked.mockRejectedValueOnce(conflict)
    looked.mockResolvedValueOnce(now({ state: 'closed' }))
    await queued.flush()
    expect(useToasts().items.map((one) => one.kind)).toEqual(['done'])
  })

  it('say what is in their way, of which contact', async () => {
    const queued = start()
    queued.add(anAct('a'))
    asked.mockRejectedValueOnce(conflict)
    looked.mockResolvedValueOnce(now({ state: 'active' }))
    await queued.flush()
    expect(useToasts().items.map((one) => [one.kind, one.text])).toEqual([['error', 'R-a: Li Na has it.']])
    expect(queued.waiting).toBe(0)
  })
})
