import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'

import { getToDoCounts, type ToDoCounts } from '@/shared/api/to_do'
import { whileSeen } from '@/shared/lib/again'
import { useLive } from './live'

const POLL_MS = 60_000
const SOON_MS = 2_000
/** Somebody came or left: not worth more than this, for it happens all the time. */
const CALM_MS = 15_000

/** How much waits for this agent: what the socket tells, with the callbacks and the missed ones that are asked for. */
export const useToDo = defineStore('toDo', () => {
  const live = useLive()
  const counts = shallowRef<ToDoCounts>({ callbacks: 0, missed: 0 })
  /** Rises with each reading: lists that are shown read again. */
  const turn = ref(0)
  const total = computed(() => {
    const { toDo, commitments, mentions } = live.picture
    return toDo.length + commitments.length + mentions + counts.value.callbacks + counts.value.missed
  })
  let timer: number | undefined
  let at = 0

  async function read(): Promise<void> {
    window.clearTimeout(timer)
    timer = undefined
    if (document.visibilityState === 'hidden') return // asked again when somebody looks
    try {
      counts.value = await getToDoCounts()
      turn.value += 1
    } catch {
      // What is shown stays; it is asked again soon enough.
    }
  }

  /** Many changes are one reading; the soonest wish counts. */
  function readSoon(afterMs: number): void {
    const wanted = Date.now() + afterMs
    if (timer !== undefined && at <= wanted) return
    window.clearTimeout(timer)
    at = wanted
    timer = window.setTimeout(() => void read(), afterMs)
  }

  /** While the console is open; returns the function that stops it. */
  function watchOver(): () => void {
    const stops = [
      whileSeen(() => readSoon(0), POLL_MS),
      watch(() => live.picture.at, () => readSoon(0), { immediate: true }),
      watch(() => live.stale, (stale) => stale?.code === 'callback_changed' && readSoon(SOON_MS), { flush: 'sync' }),
      watch(() => live.picture.offers, () => readSoon(SOON_MS), { deep: 1 }),
      watch(() => live.waitingCount, () => readSoon(CALM_MS)),
    ]
    return () => {
      stops.forEach((stop) => stop())
      window.clearTimeout(timer)
      timer = undefined
    }
  }

  return { counts, turn, total, readSoon, watchOver }
})
