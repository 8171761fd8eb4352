import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useToasts } from './toasts'

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

const texts = (): string[] => useToasts().items.map((toast) => toast.text)
const undo = { label: 'Undo', run: () => undefined }

describe('how long a toast stays', () => {
  it('goes after six seconds, with something to do after twelve', () => {
    useToasts().done('Copied')
    useToasts().done('Closed', undo)
    vi.advanceTimersByTime(6_000)
    expect(texts()).toEqual(['Closed'])
    vi.advanceTimersByTime(6_000)
    expect(texts()).toEqual([])
  })

  it('stays while it is looked at, and for the rest of its time afterwards', () => {
    const toasts = useToasts()
    toasts.done('Closed', undo)
    vi.advanceTimersByTime(5_000)
    const id = toasts.items[0]!.id
    toasts.hold(id)
    vi.advanceTimersByTime(60_000)
    toasts.done('Copied') // one that comes meanwhile is held, too
    vi.advanceTimersByTime(60_000)
    expect(texts()).toEqual(['Closed', 'Copied'])
    toasts.release(id)
    vi.advanceTimersByTime(6_000)
    expect(texts()).toEqual(['Closed'])
    vi.advanceTimersByTime(1_000)
    expect(texts()).toEqual([])
  })

  it('is not held by a pointer whose toast was dismissed, be there others or none', () => {
    const toasts = useToasts()
    toasts.done('Closed', undo)
    toasts.done('Moved', undo)
    const id = toasts.items[0]!.id
    toasts.hold(id)
    toasts.drop(id)
    toasts.done('Copied')
    vi.advanceTimersByTime(6_000)
    expect(texts()).toEqual(['Moved'])
    vi.advanceTimersByTime(6_000)
    expect(texts()).toEqual([])
  })

  it('makes room: of four the oldest goes', () => {
    for (const text of ['1', '2', '3', '4']) useToasts().done(text)
    expect(texts()).toEqual(['2', '3', '4'])
  })
})
