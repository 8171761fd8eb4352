import { defineStore } from 'pinia'
import { ref } from 'vue'

import * as api from '@/shared/api/desk'
import type { ContactDetail } from '@/shared/api/types'

/** Details of contacts that were opened: capabilities, recipients, why, segments. Reloaded when the row moves on. */
export const useDetails = defineStore('details', () => {
  const byId = ref<Record<string, ContactDetail>>({})
  const asking = new Map<string, { now: Promise<ContactDetail>; next?: Promise<ContactDetail> }>()

  /** Read it. While it is being read already, what is on its way may be older than the reason to ask: read once more after it. */
  function load(id: string): Promise<ContactDetail> {
    const running = asking.get(id)
    if (!running) return read(id)
    running.next ??= running.now.then(
      () => read(id),
      () => read(id),
    )
    return running.next
  }

  function read(id: string): Promise<ContactDetail> {
    const now = api
      .getContact(id)
      .then((detail) => (byId.value[id] = detail))
      .finally(() => asking.delete(id))
    asking.set(id, { now })
    return now
  }

  return { byId, load }
})
