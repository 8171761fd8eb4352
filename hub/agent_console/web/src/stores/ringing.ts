import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'

import { listRinging, type Ringing } from '@/shared/api/ringing'
import { useLive } from './live'
import { useToDo } from './to_do'

const AGAIN_MS = 15_000

/** What rings at my own phone, in the firm's phone system: told by the socket, and asked for behind that. */
export const useRinging = defineStore('ringing', () => {
  const live = useLive()
  const toDo = useToDo()
  const calls = shallowRef<Ringing[]>([])
  let timer: number | undefined
  let turn = 0

  async function read(): Promise<void> {
    const mine = (turn += 1)
    window.clearTimeout(timer)
    try {
      const found = await listRinging()
      if (mine === turn) calls.value = found
    } catch {
      // What is shown stays; it is asked for again.
    }
    if (mine === turn && calls.value.length) timer = window.setTimeout(() => void read(), AGAIN_MS)
  }

  /** While the console is open; returns the function that stops it. */
  function watchOver(): () => void {
    const stops = [
      watch(() => live.picture.at, () => void read(), { immediate: true }),
      watch(() => live.stale, (stale) => stale?.code === 'ringing_changed' && void read(), { flush: 'sync' }),
      watch(() => toDo.turn, () => void read()),
    ]
    return () => {
      turn += 1
      stops.forEach((stop) => stop())
      window.clearTimeout(timer)
    }
  }

  return { calls, watchOver }
})
