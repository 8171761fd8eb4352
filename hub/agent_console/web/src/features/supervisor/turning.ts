import { onBeforeUnmount, watch, type Ref } from 'vue'

/** After how many seconds a wall may show its next page; 0: it stays. */
export const TURNS_S = [0, 10, 20, 30, 60]
/** A wall that somebody handles stays where it is for so long. */
const LEFT_ALONE_MS = 20_000
const HANDLED = ['wheel', 'keydown', 'pointerdown', 'pointermove'] as const

export interface Shown {
  /** How far down it stands, how much is seen, and how much there is, in pixels. */
  top: number
  height: number
  whole: number
  /** Where its parts begin, from above. */
  parts: number[]
}

/** Where the next page begins: with the part that was cut off, one screen on where a part is longer, and from above after the last. */
export function nextPage(shown: Shown): number {
  const end = shown.top + shown.height
  if (end >= shown.whole - 1) return 0
  const cut = shown.parts.filter((part) => part > shown.top + 1 && part <= end).at(-1)
  return cut ?? end
}

/** What the address says (`turn=20`) as seconds; what is not offered is 0. */
export function turnsAfter(said: unknown): number {
  return TURNS_S.find((seconds) => String(seconds) === said) ?? 0
}

/** Have a page that is longer than its screen shown one screen after the other, while nobody handles it. */
export function useTurning(page: Ref<HTMLElement | null>, everyS: Ref<number>, partsOf: (page: HTMLElement) => Iterable<Element>): void {
  let timer: number | undefined
  let handledAt = -LEFT_ALONE_MS

  function turn(): void {
    const shown = page.value
    if (!shown || document.hidden || performance.now() - handledAt < LEFT_ALONE_MS) return
    const above = shown.getBoundingClientRect().top - shown.scrollTop
    const parts = Array.from(partsOf(shown), (part) => part.getBoundingClientRect().top - above)
    shown.scrollTo({ top: nextPage({ top: shown.scrollTop, height: shown.clientHeight, whole: shown.scrollHeight, parts }) })
  }

  function handled(): void {
    handledAt = performance.now()
  }

  function stop(): void {
    window.clearInterval(timer)
    for (const kind of HANDLED) window.removeEventListener(kind, handled)
  }

  watch(
    everyS,
    (seconds) => {
      stop()
      if (!seconds) return
      timer = window.setInterval(turn, seconds * 1000)
      for (const kind of HANDLED) window.addEventListener(kind, handled, { passive: true })
    },
    { immediate: true },
  )
  onBeforeUnmount(stop)
}
