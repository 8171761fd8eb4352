import { watch, type WatchSource } from 'vue'

const FOCUSABLE = 'a[href], button, input, select, textarea, [tabindex]'

interface Place {
  row: string
  at: number
}

const within = (row: Element): HTMLElement[] => [...row.querySelectorAll<HTMLElement>(FOCUSABLE)]

function place(): Place | null {
  const row = document.activeElement?.closest<HTMLElement>('[data-row]')
  return row ? { row: row.dataset['row']!, at: within(row).indexOf(document.activeElement as HTMLElement) } : null
}

/**
 * The focus goes along with its row. A browser takes it from whatever is moved in the page, and a
 * keyboard user whose row changed places would be at the page's start. Rows are marked `data-row`
 * with a name that is theirs alone among what is shown.
 */
export function useKeptFocus(source: WatchSource): void {
  let held: Place | null = null
  watch(source, () => (held = place()), { flush: 'pre' })
  watch(
    source,
    () => {
      if (!held || (document.activeElement && document.activeElement !== document.body)) return
      const rows = [...document.querySelectorAll<HTMLElement>(`[data-row="${CSS.escape(held.row)}"]`)]
      const row = rows.find((one) => one.checkVisibility())
      if (row) within(row)[held.at]?.focus({ preventScroll: true })
    },
    { flush: 'post' },
  )
}
