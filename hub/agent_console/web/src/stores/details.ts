import { defineStore } from 'pinia'
import { ref } from 'vue'

import * as api from '@/shared/api/desk'
import type { ContactDetail } from '@/shared/api/types'

/** Details of contacts that were opened: capabilities, recipients, why, segments. Reloaded when the row moves on. */
export const useDetails = defineStore('details', () => {
  const byId = ref<Record<string, ContactDetail>>({})
  const asking = new Map<string, Promise<ContactDetail>>()

  function load(id: string): Promise<ContactDetail> {
    const running = asking.get(id)
    if (running) return running
    const request = api
      .getContact(id)
      .then((detail) => (byId.value[id] = detail))
      .finally(() => asking.delete(id))
    asking.set(id, request)
    return request
  }

  return { byId, load }
})
