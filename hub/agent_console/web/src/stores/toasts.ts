import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Toast {
  id: number
  kind: 'done' | 'error'
  text: string
  action?: { label: string; run: () => void }
}

interface Clock {
  timer: number
  since: number
  leftMs: number
}

const READ_MS = 6_000
/** What can be acted on, and what went wrong, stays long enough to be reached by keyboard. */
const ACT_MS = 12_000
/** Whoever looked at one and turned away still finds it for a moment. */
const LEAST_MS = 2_000
const MOST = 3

/**
 * Short answers to the user's own actions, with one action (Undo, Retry). Never for arrivals.
 *
 * They go by themselves, but not while the pointer or the focus is on one (WCAG 2.2, 2.2.1 Timing
 * Adjustable).
 */
export const useToasts = defineStore('toasts', () => {
  const items = ref<Toast[]>([])
  const clocks = new Map<number, Clock>()
  let next = 1
  const looked = new Set<number>()

  function show(kind: Toast['kind'], text: string, action?: Toast['action']): void {
    const id = next++
    for (const old of items.value.slice(0, Math.max(0, items.value.length - MOST + 1))) drop(old.id)
    items.value = [...items.value, { id, kind, text, action }]
    clocks.set(id, { timer: 0, since: 0, leftMs: kind === 'error' || action ? ACT_MS : READ_MS })
    if (looked.size === 0) start(id)
  }

  const done = (text: string, action?: Toast['action']): void => show('done', text, action)
  const error = (text: string, action?: Toast['action']): void => show('error', text, action)

  function start(id: number): void {
    const clock = clocks.get(id)
    if (!clock) return
    clock.since = Date.now()
    clock.timer = window.setTimeout(() => drop(id), clock.leftMs)
  }

  /** The pointer or the focus is on this one: all stay. */
  function hold(id: number): void {
    if (looked.size === 0) {
      for (const clock of clocks.values()) {
        window.clearTimeout(clock.timer)
        clock.leftMs = Math.max(LEAST_MS, clock.leftMs - (Date.now() - clock.since))
      }
    }
    looked.add(id)
  }

  /** Nobody looks at this one any more, or it is gone: when none is looked at, time goes on. */
  function release(id: number): void {
    if (looked.delete(id) && looked.size === 0) for (const other of clocks.keys()) start(other)
  }

  function drop(id: number): void {
    window.clearTimeout(clocks.get(id)?.timer)
    clocks.delete(id)
    items.value = items.value.filter((toast) => toast.id !== id)
    release(id) // what goes from under the pointer tells no leave
  }

  function act(id: number): void {
    const toast = items.value.find((one) => one.id === id)
    drop(id)
    toast?.action?.run()
  }

  return { items, done, error, drop, act, hold, release }
})
