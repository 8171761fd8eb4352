import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

import { usePointed } from './pointed'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('whether a hand is at it', () => {
  it('is so while the pointer moves, and not while it lies there or has left', () => {
    effectScope().run(() => {
      const { pointed, on } = usePointed()
      on.pointermove()
      vi.advanceTimersByTime(4_000)
      on.pointermove()
      vi.advanceTimersByTime(4_000)
      expect(pointed.value).toBe(true)
      vi.advanceTimersByTime(1_000)
      expect(pointed.value).toBe(false)
      on.pointermove()
      on.pointerleave()
      expect(pointed.value).toBe(false)
    })
  })
})
