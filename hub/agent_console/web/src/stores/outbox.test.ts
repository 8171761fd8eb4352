import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import * as api from '@/shared/api/desk'
import { ApiError } from '@/shared/api/http'
import { useDrafts } from './drafts'
import { useOutbox, type NewOutgoing } from './outbox'
import { useSession } from './session'
import { useToasts } from './toasts'
import '@/features/words/restore'

vi.mock('@/shared/api/desk', () => ({ reply: vi.fn(), replyUndoable: vi.fn(), takeBack: vi.fn(), note: vi.fn() }))

const reply = vi.mocked(api.reply)
const undoable = vi.mocked(api.replyUndoable)
const takeBack = vi.mocked(api.takeBack)
const silence = new ApiError(0, 'offline', '')
const words = (text: string, contactId = 'c1', undoS = 0): NewOutgoing => ({ contactId, conversationId: 'v1', kind: 'reply', body: { text }, files: [], undoS })
const draft = (contactId = 'c1'): string => useDrafts().of(contactId).reply
function start(userId: string): void {
  setActivePinia(createPinia())
  useSession().me = { id: userId } as never
}
const reload = (userId = 'li'): void => {
  window.dispatchEvent(new Event('pagehide'))
  start(userId)
}
const sent = (): string[] => reply.mock.calls.map(([, body]) => body.text)

beforeEach(() => {
  localStorage.clear()
  start('li')
  vi.useFakeTimers()
  for (const asked of [reply, undoable, takeBack]) asked.mockReset().mockResolvedValue({} as never)
})

describe('the outbox', () => {
  it('sends in the order of writing', async () => {
    const outbox = useOutbox()
    outbox.add(words('one'))
    outbox.add(words('two'))
    await vi.runAllTimersAsync()
    expect(sent()).toEqual(['one', 'two'])
    expect(outbox.items).toEqual([])
  })

  it('tries again under the same client id when the hub gave no answer', async () => {
    reply.mockRejectedValueOnce(new ApiError(0, 'offline', ''))
    const outbox = useOutbox()
    outbox.add(words('hello'))
    await vi.runAllTimersAsync()
    const ids = reply.mock.calls.map(([, body]) => body.client_id)
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
    expect(outbox.items).toEqual([])
  })

  it('keeps what the hub refused, with its reason, and lets nothing of that contact overtake it', async () => {
    reply.mockRejectedValueOnce(new ApiError(409, 'closed', 'The contact is closed.'))
    const outbox = useOutbox()
    outbox.add(words('refused'))
    outbox.add(words('later'))
    outbox.add(words('other contact', 'c2'))
    await vi.advanceTimersByTimeAsync(1000)
    expect(sent()).toEqual(['refused', 'other contact'])
    expect(outbox.items.map((one) => [one.state, one.problem])).toEqual([
      ['failed', 'The contact is closed.'],
      ['waiting', ''],
    ])
  })

  it('gives the hub once more what it may not have when the page is left', async () => {
    reply.mockReturnValueOnce(new Promise(() => undefined))
    const outbox = useOutbox()
    outbox.add(words('going'))
    window.dispatchEvent(new Event('pagehide'))
    const [first, last] = reply.mock.calls.filter(([, body]) => body.text === 'going')
    expect([last?.[1].client_id === first?.[1].client_id, last?.[2]]).toEqual([true, true])
    expect(JSON.parse(localStorage.getItem('hub.console.outbox') ?? '[]')).toHaveLength(1)
  })

  it('sends nothing of who used this browser before as somebody else, and keeps it for them', async () => {
    reply.mockRejectedValueOnce(silence)
    useOutbox().add(words("Li's", 'c2'))
    await vi.advanceTimersByTimeAsync(10)
    const stored = localStorage.getItem('hub.console.outbox')!
    start('wang')
    const outbox = useOutbox()
    reply.mockClear()
    await outbox.flush()
    expect([outbox.own, outbox.waiting, outbox.of('v1'), reply.mock.calls]).toEqual([[], 0, [], []])
    outbox.add(words("Wang's", 'c2'))
    await vi.advanceTimersByTimeAsync(10)
    expect(sent()).toEqual(["Wang's"]) // nor does it wait for Li's
    expect(JSON.parse(localStorage.getItem('hub.console.outbox')!)).toEqual(JSON.parse(stored))
    start('li')
    await useOutbox().flush()
    expect(sent()).toEqual(["Wang's", "Li's"])
  })

  it.each([[401, 'http.401'], [403, 'bad_csrf_token']])('goes out by itself, in order and once, when its writer has signed in again (%i)', async (status, code) => {
    const session = useSession()
    reply.mockImplementationOnce(async () => {
      await Promise.resolve()
      session.me = null // as the hub says that the session is over
      throw new ApiError(status, code, '')
    })
    const outbox = useOutbox()
    outbox.add(words('one'))
    outbox.add(words('two'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent()).toEqual(['one'])
    expect(outbox.items.map((one) => one.state)).toEqual(['waiting', 'waiting'])
    session.me = { id: 'wang' } as never
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent()).toEqual(['one'])
    session.me = { id: 'li' } as never
    await vi.advanceTimersByTimeAsync(10)
    expect(sent()).toEqual(['one', 'one', 'two'])
    expect(new Set(reply.mock.calls.map(([, body]) => body.client_id)).size).toBe(2)
    expect(outbox.items).toEqual([])
  })

  it('is refused for good where its writer may not', async () => {
    reply.mockRejectedValueOnce(new ApiError(403, 'forbidden', 'Not yours.'))
    const outbox = useOutbox()
    outbox.add(words('no'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(outbox.items.map((one) => one.state)).toEqual(['failed'])
  })

  it('survives a reload', async () => {
    reply.mockRejectedValue(new ApiError(0, 'offline', ''))
    useOutbox().add(words('kept'))
    await vi.advanceTimersByTimeAsync(10)
    start('li')
    expect(useOutbox().items.map((one) => one.body.text)).toEqual(['kept'])
  })
})

describe('a mail that can be taken back', () => {
  const KEPT = 5

  it('is at the hub at once, stays to be seen for its time, and holds up neither the next one nor what is done then', async () => {
    const outbox = useOutbox()
    const done = vi.fn()
    outbox.add(words('one', 'c1', KEPT), done)
    outbox.add(words('two', 'c1', KEPT))
    await vi.advanceTimersByTimeAsync(10)
    expect(undoable.mock.calls.map(([, body]) => [body.text, body.undo_s])).toEqual([['one', KEPT], ['two', KEPT]])
    expect([outbox.waiting, outbox.holds('c1'), done.mock.calls.length]).toEqual([0, true, 1])
    await vi.advanceTimersByTimeAsync(KEPT * 1_000)
    expect(outbox.items).toEqual([])
    expect(takeBack).not.toHaveBeenCalled()
  })

  it('is taken back by the hub, and given back with all that it was', async () => {
    const outbox = useOutbox()
    const id = outbox.add(words('oops', 'c1', KEPT))
    expect((await outbox.undo(id))?.body.text).toBe('oops') // at once: while it is on its way
    expect(takeBack).toHaveBeenCalledExactlyOnceWith(id)
    expect([outbox.items, draft()]).toEqual([[], 'oops'])
  })

  it('is in the composer again though the page went before the hub answered', async () => {
    takeBack.mockReturnValueOnce(new Promise(() => undefined))
    const outbox = useOutbox()
    const id = outbox.add(words('gone page', 'c7', KEPT))
    await vi.advanceTimersByTimeAsync(10)
    void outbox.undo(id)
    await vi.advanceTimersByTimeAsync(10)
    expect(draft('c7')).toBe('') // it may have gone out
    reload()
    await useOutbox().flush()
    expect([useOutbox().items, draft('c7')]).toEqual([[], 'gone page'])
    reload()
    await useOutbox().flush()
    expect(draft('c7')).toBe('gone page') // once
  })

  it('is neither sent again nor followed by what was to follow where it is taken back on its way', async () => {
    let answer: () => void = () => undefined
    undoable.mockReturnValueOnce(new Promise((resolve) => (answer = () => resolve({}))))
    const outbox = useOutbox()
    const done = vi.fn()
    const id = outbox.add(words('on its way', 'c8', KEPT), done)
    const undone = outbox.undo(id)
    window.dispatchEvent(new Event('pagehide'))
    expect(undoable.mock.calls.filter(([, body]) => body.text === 'on its way')).toHaveLength(1)
    answer()
    await undone
    expect([outbox.items, draft('c8'), done.mock.calls.length]).toEqual([[], 'on its way', 0])
  })

  it('is not given back where it has gone out', async () => {
    takeBack.mockRejectedValueOnce(new ApiError(409, 'later.went', 'It is too late.'))
    const outbox = useOutbox()
    const id = outbox.add(words('oops', 'c1', KEPT))
    await vi.advanceTimersByTimeAsync(10)
    expect(await outbox.undo(id)).toBeUndefined()
    expect([outbox.items, draft()]).toEqual([[], ''])
    expect(useToasts().items.map((one) => one.kind)).toEqual(['error'])
  })

  it('of which nobody knows whether it arrived is taken back until the hub says so, over a reload', async () => {
    undoable.mockRejectedValueOnce(silence)
    takeBack.mockRejectedValueOnce(silence)
    const outbox = useOutbox()
    const id = outbox.add(words('lost', 'c1', KEPT))
    await vi.advanceTimersByTimeAsync(10)
    expect((await outbox.undo(id))?.body.text).toBe('lost')
    await vi.advanceTimersByTimeAsync(10)
    reload()
    await useOutbox().flush()
    expect(takeBack).toHaveBeenCalledTimes(2)
    expect(undoable).toHaveBeenCalledOnce() // it is not sent again
    expect([useOutbox().items, draft()]).toEqual([[], 'lost'])
  })

  it.each([[401, 'http.401'], [403, 'bad_csrf_token'], [429, 'rate.limited']])('is asked for again where the hub would not hear of it (%i)', async (status, code) => {
    takeBack.mockRejectedValueOnce(new ApiError(status, code, ''))
    const outbox = useOutbox()
    const id = outbox.add(words('refused', code, KEPT))
    await vi.advanceTimersByTimeAsync(10)
    expect((await outbox.undo(id))?.body.text).toBe('refused')
    expect(outbox.items.map((one) => one.state)).toEqual(['undoing'])
    await vi.advanceTimersByTimeAsync(4_100)
    expect([outbox.items, draft(code), takeBack.mock.calls.length]).toEqual([[], 'refused', 2])
  })

  it('is asked for at the hub once it may be there: given away with the page, or refused', async () => {
    undoable.mockReturnValueOnce(new Promise(() => undefined))
    useOutbox().add(words('before', 'c3', KEPT))
    useOutbox().add(words('with the page', 'c3', KEPT))
    reload()
    undoable.mockReset().mockRejectedValue(silence)
    const outbox = useOutbox()
    await outbox.undo(outbox.items[1]!.clientId)
    expect(takeBack).toHaveBeenCalledOnce()
    undoable.mockReset().mockRejectedValue(new ApiError(409, 'contact.not_yours', ''))
    const id = outbox.add(words('refused', 'c4', KEPT))
    await vi.advanceTimersByTimeAsync(10)
    expect(outbox.items.at(-1)!.state).toBe('failed')
    await outbox.undo(id)
    expect(takeBack).toHaveBeenLastCalledWith(id)
  })

  it('holds up the next one while it is taken back, and lets the agent say where it went out after all', async () => {
    takeBack.mockRejectedValueOnce(silence).mockRejectedValueOnce(new ApiError(409, 'later.went', 'It is too late.'))
    const outbox = useOutbox()
    const id = outbox.add(words('Dear Chen', 'c5', KEPT))
    await vi.advanceTimersByTimeAsync(10)
    await outbox.undo(id)
    outbox.add(words('Dear Ms Chen', 'c5', KEPT))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(undoable).toHaveBeenCalledOnce()
    await vi.advanceTimersByTimeAsync(4_100)
    expect(outbox.items.map((one) => [one.body.text, one.state, one.problem])).toEqual([['Dear Ms Chen', 'failed', 'It is too late.']])
    expect(undoable).toHaveBeenCalledOnce()
  })

  it('that was taken back in another tab, or has gone out, is not shown as failed', async () => {
    for (const code of ['later.went', 'later.taken_back']) {
      undoable.mockRejectedValueOnce(silence).mockRejectedValueOnce(new ApiError(409, code, ''))
      useOutbox().add(words('twice', 'c1', KEPT))
      await vi.advanceTimersByTimeAsync(4_100)
      expect(useOutbox().items).toEqual([])
    }
    useOutbox().add(words('seen elsewhere', 'c1', KEPT))
    await vi.advanceTimersByTimeAsync(10)
    useOutbox().dropHeld('c1')
    expect(useOutbox().items).toEqual([])
  })

  it('can still be taken back after a reload, for the rest of its time', async () => {
    useOutbox().add(words('kept', 'c1', KEPT))
    await vi.advanceTimersByTimeAsync(10)
    start('li')
    expect(useOutbox().items.map((one) => one.state)).toEqual(['held'])
    await vi.advanceTimersByTimeAsync(KEPT * 1_000)
    expect(useOutbox().items).toEqual([])
  })
})
