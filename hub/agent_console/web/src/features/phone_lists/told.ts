import { onBeforeUnmount, onMounted, watch } from 'vue'

import { useLive } from '@/stores/live'

const CALM_MS = 2_000 // a list that runs changes every second: many changes are one reading
const POLL_MS = 60_000 // behind the hub's notices

/** Have a component `read` as it comes and as the hub says that a list changed, while its tab is seen. */
export function useToldOfLists(read: () => Promise<void>): void {
  const live = useLive()
  let soon: number | undefined
  let last = 0
  let poll = 0
  let missed = false

  /** At once where nothing was read lately, else as soon as it is calm again; what comes while it is hidden is read as it is looked at. */
  function told(): void {
    missed = document.hidden
    if (missed || soon !== undefined) return
    soon = window.setTimeout(() => void now(), Math.max(0, last + CALM_MS - Date.now()))
  }
  async function now(): Promise<void> {
    last = Date.now()
    try {
      await read()
    } finally {
      soon = undefined
    }
  }
  const looked = (): void => void (missed && told())

  onMounted(() => {
    void now()
    poll = window.setInterval(told, POLL_MS)
    document.addEventListener('visibilitychange', looked)
  })
  onBeforeUnmount(() => {
    window.clearInterval(poll)
    window.clearTimeout(soon)
    document.removeEventListener('visibilitychange', looked)
  })
  watch(() => live.stale, (stale) => stale?.code === 'phone_lists_changed' && told(), { flush: 'sync' })
  watch(() => live.picture.at, told) // the console was away
}
