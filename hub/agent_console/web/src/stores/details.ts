import { defineStore } from 'pinia'
import { ref } from 'vue'

import * as api from '@/shared/api/desk'
import type { ContactDetail } from '@/shared/api/types'

const MOST_KEPT = 50

/** Details of the contacts that were opened last: capabilities, recipients, why, segments. Reloaded when the row moves on. */
export const useDetails = defineStore('details', () => {
  const byId = ref<Record<string, ContactDetail>>({})
  const order = new Set<string>()
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
      .then((detail) => keep(id, detail))
      .finally(() => asking.delete(id))
    asking.set(id, { now })
    return now
  }

  /** A shift opens hundreds: those not looked at for long are read again when they are opened. */
  function keep(id: string, detail: ContactDetail): ContactDetail {
    byId.value[id] = detail
    order.delete(id)
    order.add(id)
    for (const oldest of order) {
      if (order.size <= MOST_KEPT) break
      order.delete(oldest)
      delete byId.value[oldest]
    }
    return detail
  }

  return { byId, load }
})
