import { onScopeDispose, ref, type Ref } from 'vue'

import * as api from '@/shared/api/desk'
import { messageOf } from '@/shared/api/errors'
import type { ContactRow } from '@/shared/api/types'
import { useToasts } from '@/stores/toasts'

const REFRESH_MS = 2_000

export interface ContactPages {
  rows: Ref<ContactRow[]>
  loaded: Ref<boolean>
  reload: () => Promise<void>
  more: () => Promise<void>
  refreshSoon: () => void
}

/** Contacts of these states, or with `unanswered` those nobody has answered, page by page; `refreshSoon` reloads the first page at most every 2 s. */
export function useContactPages(state: string[], unanswered = false): ContactPages {
  const rows = ref<ContactRow[]>([])
  const loaded = ref(false)
  const toasts = useToasts()
  let after: string | null = null
  let busy = false
  let timer: number | undefined

  async function load(from: string | null): Promise<void> {
    if (busy) return
    busy = true
    try {
      const page = await api.listContacts(unanswered ? { unanswered, after: from } : { state, after: from })
      rows.value = from === null ? page.items : [...rows.value, ...page.items]
      after = page.after
    } catch (error) {
      toasts.error(messageOf(error))
    } finally {
      busy = false
      loaded.value = true
    }
  }

  const reload = (): Promise<void> => load(null)
  const more = async (): Promise<void> => {
    if (after !== null) await load(after)
  }

  function refreshSoon(): void {
    timer ??= window.setTimeout(() => {
      timer = undefined
      void reload()
    }, REFRESH_MS)
  }

  onScopeDispose(() => window.clearTimeout(timer))
  return { rows, loaded, reload, more, refreshSoon }
}
