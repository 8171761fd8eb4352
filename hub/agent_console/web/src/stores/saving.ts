import { defineStore } from 'pinia'
import { ref } from 'vue'

import { onWritten } from '@/shared/api/http'

/** Whether the hub can save now: what can only be read while its database refuses is said in a banner. */
export const useSaving = defineStore('saving', () => {
  const refused = ref(false)
  onWritten((saved) => (refused.value = !saved))
  return { refused }
})
