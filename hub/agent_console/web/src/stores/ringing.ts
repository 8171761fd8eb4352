import { defineStore } from 'pinia'
import { watch } from 'vue'

import { listRinging } from '@/shared/api/ringing'
import { useToDo } from './to_do'
import { toldList } from './told_lists'

const AGAIN_MS = 15_000

/** What rings at my own phone, in the firm's phone system. */
export const useRinging = defineStore('ringing', () => {
  const toDo = useToDo()
  const { items, read, watchOver } = toldList('ringing_changed', listRinging, AGAIN_MS)

  /** While the console is open; returns the function that stops it. */
  function watchAll(): () => void {
    const stops = [watchOver(), watch(() => toDo.turn, () => void read())]
    return () => stops.forEach((stop) => stop())
  }

  return { calls: items, watchOver: watchAll }
})
