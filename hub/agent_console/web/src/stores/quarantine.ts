import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

import { countQuarantined } from '@/shared/api/steering'
import type { QuarantineCounts } from '@/shared/api/steering_types'
import { whileSeen } from '@/shared/lib/again'

const POLL_MS = 60_000

/** How much came in that nobody could read: for those who may do something about it. */
export const useQuarantine = defineStore('quarantine', () => {
  const counts = shallowRef<QuarantineCounts>({ unreadable: 0, spam: 0, blocked: 0 })
  /** What calls for somebody. Spam and the blocked wait until it pleases. */
  const alarming = computed(() => counts.value.unreadable)

  async function read(): Promise<void> {
    try {
      counts.value = await countQuarantined()
    } catch {
      // What is shown stays; it is asked again soon enough.
    }
  }

  /** While the console of a supervisor is open; returns the function that stops it. */
  function watchOver(): () => void {
    if (!document.hidden) void read()
    return whileSeen(read, POLL_MS)
  }

  return { counts, alarming, read, watchOver }
})
