import { defineStore } from 'pinia'
import { onScopeDispose, ref, watch } from 'vue'

import type { Doing, Viewer, ViewersFrame } from '@/shared/api/frames'
import { useLive } from '@/stores/live'

const GATHER_MS = 150
const MOST = 200 // as the hub takes

/** Who else is at a contact now: of the rows that are drawn, and of the one that is open. Never stored, never the words. */
export const useViewers = defineStore('viewers', () => {
  const live = useLive()
  const at = ref<Record<string, Viewer[]>>({})
  const shown = new Map<string, number>()
  let open: string | null = null
  let doing: Doing = 'looking'
  let doneAt = '' // the contact that is of
  let told = ''
  let timer: number | undefined

  live.onViewers((frame: ViewersFrame) => {
    if (!shown.has(frame.contact_id)) return
    const others = { ...at.value }
    if (frame.viewers.length) others[frame.contact_id] = frame.viewers
    else delete others[frame.contact_id]
    at.value = others
  })

  /** A new socket knows nothing of this page: what others do is asked again, what one does is said again. */
  watch(
    () => live.picture.at,
    () => {
      at.value = {}
      told = ''
      ask()
      if (open) say()
    },
  )

  const say = (): boolean => live.say({ type: 'look', contact_id: open, doing })

  function ask(): void {
    const ids = [...shown.keys()].sort().slice(-MOST)
    if (ids.join() === told) return
    if (live.say({ type: 'viewers_of', contact_ids: ids })) told = ids.join()
  }

  function soon(): void {
    window.clearTimeout(timer)
    timer = window.setTimeout(ask, GATHER_MS)
  }

  function show(id: string): void {
    shown.set(id, (shown.get(id) ?? 0) + 1)
    soon()
  }

  function hide(id: string): void {
    const left = (shown.get(id) ?? 1) - 1
    if (left > 0) shown.set(id, left)
    else {
      shown.delete(id)
      delete at.value[id]
    }
    soon()
  }

  function look(id: string | null): void {
    if (id === open) return
    open = id
    if (doneAt !== id) [doing, doneAt] = ['looking', id ?? '']
    say()
  }

  /** What one does at a contact. It may be said before the contact is looked at: parts of the page come one by one. */
  function does(id: string, what: Doing): void {
    if (what === doing && id === doneAt) return
    doing = what
    doneAt = id
    if (id === open) say()
  }

  return { at, show, hide, look, does }
})

/** Draw who is at a contact while the component that asks is on the page. */
export function useShown(id: () => string): void {
  const viewers = useViewers()
  let before = ''
  watch(
    id,
    (next) => {
      if (before) viewers.hide(before)
      if (next) viewers.show(next)
      before = next
    },
    { immediate: true },
  )
  onScopeDispose(() => before && viewers.hide(before))
}
