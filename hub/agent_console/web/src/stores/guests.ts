import { defineStore } from 'pinia'
import { computed } from 'vue'

import { listGuestCalls } from '@/shared/api/guests'
import { toldList } from './told_lists'

const AGAIN_MS = 10_000

/** The calls on which I am a guest. */
export const useGuests = defineStore('guests', () => {
  const { items, read, watchOver } = toldList('guests_changed', async () => (await listGuestCalls()).items, AGAIN_MS)
  return { calls: items, any: computed(() => items.value.length > 0), watchOver, read }
})
