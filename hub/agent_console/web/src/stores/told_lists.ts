import { shallowRef, watch, type ShallowRef } from 'vue'

import { useLive } from './live'

export interface ToldList<Item> {
  items: ShallowRef<Item[]>
  read: () => Promise<void>
  /** While the console is open; returns the function that stops it. */
  watchOver: () => () => void
}

/** A short list of mine: read as the socket says that it changed (`code`), and every `againMs` while there is something in it. */
export function toldList<Item>(code: string, list: () => Promise<Item[]>, againMs: number): ToldList<Item> {
  const live = useLive()
  const items = shallowRef<Item[]>([])
  let timer: number | undefined
  let turn = 0

  async function read(): Promise<void> {
    const mine = (turn += 1)
    window.clearTimeout(timer)
    try {
      const found = await list()
      if (mine === turn) items.value = found
    } catch {
      // What is shown stays; it is asked for again.
    }
    if (mine === turn && items.value.length) timer = window.setTimeout(() => void read(), againMs)
  }

  function watchOver(): () => void {
    const stops = [
      watch(() => live.picture.at, () => void read(), { immediate: true }),
      watch(() => live.stale, (stale) => stale?.code === code && void read(), { flush: 'sync' }),
    ]
    return () => {
      turn += 1
      stops.forEach((stop) => stop())
      window.clearTimeout(timer)
    }
  }

  return { items, read, watchOver }
}
