import { inject, onScopeDispose, provide, type InjectionKey, type Ref } from 'vue'

/** Of a timeline of so many lines everything is drawn: it can be searched by the browser, printed, selected. */
export const DRAWN_WHOLE = 150
const PART_SEQS = 10

interface Placed {
  type: string
  entry?: { seq: number; conversation_id: string }
}

export interface Part<T> {
  key: string
  lines: T[]
}

/**
 * Cut the lines where a conversation's seq says so, so that a part stays the same part while older pages are loaded
 * above it and new words arrive below. What stands above an entry (its day, its way) goes with it.
 */
export function partsOf<T extends Placed>(lines: T[]): Part<T>[] {
  const parts: Part<T>[] = []
  const begun = new Set<string>()
  let above: T[] = []
  for (const line of lines) {
    above.push(line)
    if (line.type !== 'entry' || !line.entry) continue
    const key = `${line.entry.conversation_id} ${Math.floor(line.entry.seq / PART_SEQS)}`
    const last = parts.at(-1)
    if (last && begun.has(key)) last.lines.push(...above)
    else parts.push({ key, lines: above })
    begun.add(key)
    above = []
  }
  return parts
}

type Told = (near: boolean, heightPx: number) => void
type Watch = (part: HTMLElement, told: Told) => () => void
const KEY: InjectionKey<Watch> = Symbol('parts of the timeline')

/** Tell each part inside `box` when it comes nearer to what is in view than one screen, and when it leaves. */
export function provideNearness(box: Ref<HTMLElement | null>): void {
  const listeners = new Map<Element, Told>()
  let observer: IntersectionObserver | undefined
  function watch(part: HTMLElement, told: Told): () => void {
    observer ??= new IntersectionObserver(
      (seen) => seen.forEach((one) => listeners.get(one.target)?.(one.isIntersecting, one.boundingClientRect.height)),
      { root: box.value, rootMargin: '100% 0px' },
    )
    listeners.set(part, told)
    observer.observe(part)
    return () => {
      listeners.delete(part)
      observer?.unobserve(part)
    }
  }
  provide(KEY, watch)
  onScopeDispose(() => observer?.disconnect())
}

export function useNearness(): Watch {
  const watch = inject(KEY)
  if (!watch) throw new Error('A part stands inside a timeline')
  return watch
}

/** What would be lost with it: a form, what was unfolded or shown on demand. */
const BEGUN = 'form, [aria-expanded="true"], [data-keep]'
/** Played now, or stopped on the way: where it stood is to be found again. */
const isHeard = (sound: HTMLMediaElement): boolean => !sound.ended && (!sound.paused || sound.currentTime > 0)

/** Whether somebody is at it: it has the focus or the selection, is written in, listened to, unfolded. */
export function isInUse(part: HTMLElement): boolean {
  const chosen = window.getSelection()
  return (
    part.contains(document.activeElement) ||
    (chosen !== null && !chosen.isCollapsed && chosen.containsNode(part, true)) ||
    part.querySelector(BEGUN) !== null ||
    [...part.querySelectorAll('audio')].some(isHeard)
  )
}
