import { onBeforeUnmount, onMounted } from 'vue'

/** Have `ask` called every `everyMs` while the tab is seen, and as it is looked at again; returns the function that stops it. */
export function whileSeen(ask: () => unknown, everyMs: number): () => void {
  const asked = (): void => void (document.hidden || ask())
  const timer = window.setInterval(asked, everyMs)
  document.addEventListener('visibilitychange', asked)
  return () => {
    window.clearInterval(timer)
    document.removeEventListener('visibilitychange', asked)
  }
}

/** Have a component `load` as it comes, and `again` (the same, unless it is named) while its tab is seen. */
export function useAgain(load: () => unknown, everyMs: number, again = load): void {
  let stop: (() => void) | undefined
  onMounted(() => {
    load()
    stop = whileSeen(again, everyMs)
  })
  onBeforeUnmount(() => stop?.())
}
