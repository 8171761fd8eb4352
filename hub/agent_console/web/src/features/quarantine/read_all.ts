import { ref, type Ref } from 'vue'

import * as api from '@/shared/api/steering'

export interface ReadAll {
  done: Ref<number>
  /** 0: nothing is under way. */
  total: Ref<number>
  result: Ref<{ read: number; total: number } | null>
  run: (ids: string[]) => Promise<void>
  stop: () => void
}

/** Read one after the other again, so that each can be told and it can be stopped; who fails does not stop the rest. */
export function useReadAll(gone: (id: string) => void): ReadAll {
  const done = ref(0)
  const total = ref(0)
  const result = ref<{ read: number; total: number } | null>(null)
  let stopped = false

  async function run(ids: string[]): Promise<void> {
    stopped = false
    result.value = null
    done.value = 0
    total.value = ids.length
    let read = 0
    for (const id of ids) {
      if (stopped) break
      try {
        if ((await api.reprocess(id)).read) {
          read += 1
          gone(id)
        }
      } catch {
        // It stays where it is, and says so when it is asked by itself.
      }
      done.value += 1
    }
    result.value = { read, total: done.value }
    total.value = 0
  }

  return { done, total, result, run, stop: () => (stopped = true) }
}
