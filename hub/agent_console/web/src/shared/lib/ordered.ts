import { nextTick } from 'vue'

import { moved } from './list'

/** Move one of a list that is shown in `root`: the button that was pressed goes along, and keeps the focus. */
export async function moveIn<T>(root: HTMLElement | null, list: T[], from: number, by: -1 | 1): Promise<void> {
  const to = from + by
  if (to < 0 || to >= list.length) return
  list.splice(0, list.length, ...moved(list, from, to))
  await followMoved(root, to, by)
}

/** Once it is drawn: the focus goes to the button of the one that stands at `to` now. */
export async function followMoved(root: HTMLElement | null, to: number, by: -1 | 1): Promise<void> {
  await nextTick()
  const line = root?.children[to]
  const pressed = line?.querySelector<HTMLButtonElement>(`[data-move="${by < 0 ? 'up' : 'down'}"]:not(:disabled)`)
  ;(pressed ?? line?.querySelector<HTMLButtonElement>('[data-move]:not(:disabled)'))?.focus()
}

/** Take one out; the focus goes to the one that stands in its place, or to the one before; of none, to what adds one. */
export async function dropFrom<T>(root: HTMLElement | null, list: T[], at: number): Promise<void> {
  const section = root?.closest('section, [role=group]')
  list.splice(at, 1)
  await nextTick()
  const next = root?.children[Math.min(at, list.length - 1)]
  const inNext = next?.querySelector<HTMLElement>('[data-edit], [data-move]:not(:disabled), button')
  ;(next ? inNext : section?.querySelector<HTMLElement>('button:not(:disabled), select'))?.focus()
}
