import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import * as api from '@/shared/api/desk'
import { ApiError } from '@/shared/api/http'
import { useOutbox, type NewOutgoing } from './outbox'

vi.mock('@/shared/api/desk', () => ({ reply: vi.fn(), note: vi.fn() }))

const reply = vi.mocked(api.reply)
const words = (text: string, contactId = 'c1', holdMs = 0): NewOutgoing => ({ contactId, conversationId: 'v1', kind: 'reply', body: { text }, files: [], holdMs })
const sent = (): string[] => reply.mock.calls.map(([, body]) => body.text)

beforeEach(() => {
  localStorage.clear()
  setActivePinia(createPinia())
  vi.useFakeTimers()
  reply.mockReset().mockResolvedValue({} as never)
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

  it('sends what is held back when the page is left, and takes nothing back that is under way', async () => {
    const outbox = useOutbox()
    outbox.add(words('going', 'c1', 5000))
    window.dispatchEvent(new Event('pagehide'))
    expect(reply.mock.calls.filter(([, body, leaving]) => body.text === 'going' && leaving === true).length).toBeGreaterThan(0)
    expect(JSON.parse(localStorage.getItem('hub.console.outbox') ?? '[]')[0].notBefore).toBe(0)
    await vi.runAllTimersAsync()
    expect(outbox.items).toEqual([])
  })

  it('holds a mail back so that it can be undone', async () => {
    const outbox = useOutbox()
    const id = outbox.add(words('oops', 'c1', 5000))
    await vi.advanceTimersByTimeAsync(4000)
    expect(outbox.undo(id)?.body.text).toBe('oops')
    await vi.runAllTimersAsync()
    expect(sent()).toEqual([])
  })

  it('survives a reload', async () => {
    reply.mockRejectedValue(new ApiError(0, 'offline', ''))
    useOutbox().add(words('kept'))
    await vi.advanceTimersByTimeAsync(10)
    setActivePinia(createPinia())
    expect(useOutbox().items.map((one) => one.body.text)).toEqual(['kept'])
  })
})
