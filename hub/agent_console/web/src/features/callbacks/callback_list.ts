import { computed, ref, type ComputedRef, type Ref } from 'vue'

import { CALLBACKS_MOST, CALLBACKS_PAGE, listCallbacks, type CallbackFilter } from '@/shared/api/callbacks'
import { messageOf } from '@/shared/api/errors'
import type { Callback } from '@/shared/api/callback_types'

export interface CallbackList {
  /** Null until the first answer to this filter. */
  items: Ref<Callback[] | null>
  more: ComputedRef<boolean>
  /** More was asked for, and is on its way. */
  paging: Ref<boolean>
  problem: Ref<string>
  /** Begin anew: the filter has changed, or the first answer never came. */
  open: () => Promise<void>
  showMore: () => Promise<void>
  /** Read again what is shown. False: not now, because an answer is on its way; ask again. */
  refresh: () => Promise<boolean>
  /** A row has been changed here: this is how it stands now. */
  put: (changed: Callback) => void
}

/**
 * The callbacks of a filter, page after page. What is shown stays until something newer of it is there: the
 * background reads as many as are shown, and says nothing when it fails.
 */
export function useCallbackList(filter: CallbackFilter): CallbackList {
  const items = ref<Callback[] | null>(null)
  const after = ref<string | null>(null)
  const paging = ref(false)
  const problem = ref('')
  let asked = 0
  let running: Promise<void> | null = null

  type Take = (found: Callback[], next: string | null) => void

  /** Take the answer, unless another filter was chosen meanwhile. */
  async function ask(from: string | null, limit: number, take: Take): Promise<void> {
    const mine = ++asked
    running = read(mine, from, limit, take)
    await running
    if (mine === asked) running = null
  }

  async function read(mine: number, from: string | null, limit: number, take: Take): Promise<void> {
    try {
      const page = await listCallbacks({ ...filter }, from, limit)
      if (mine === asked) {
        problem.value = ''
        take(page.items, page.after)
      }
    } catch (error) {
      if (mine === asked && (from !== null || items.value === null)) problem.value = messageOf(error)
    }
  }

  async function open(): Promise<void> {
    items.value = null
    after.value = null
    problem.value = ''
    await ask(null, CALLBACKS_PAGE, replaceHead)
  }

  async function showMore(): Promise<void> {
    if (paging.value) return
    paging.value = true
    await running
    if (after.value !== null) await ask(after.value, CALLBACKS_PAGE, append)
    paging.value = false
  }

  async function refresh(): Promise<boolean> {
    if (running || paging.value) return false
    await ask(null, Math.min(CALLBACKS_MOST, Math.max(CALLBACKS_PAGE, items.value?.length ?? 0)), replaceHead)
    return true
  }

  function append(found: Callback[], next: string | null): void {
    const known = new Set(found.map((item) => item.id))
    items.value = [...(items.value ?? []).filter((item) => !known.has(item.id)), ...found]
    after.value = next
  }

  /** An answer may be older than what was put meanwhile. */
  function newest(found: Callback): Callback {
    const known = items.value?.find((item) => item.id === found.id)
    return known && known.version > found.version ? known : found
  }

  /** The newest ones are these; older ones than they stay as they are. */
  function replaceHead(found: Callback[], next: string | null): void {
    const last = found.at(-1)
    const older = next !== null && last ? (items.value ?? []).filter((item) => isOlder(item, last)) : []
    items.value = [...found.map(newest), ...older]
    if (older.length === 0) after.value = next
  }

  function put(changed: Callback): void {
    items.value = (items.value ?? []).map((item) => (item.id === changed.id && item.version <= changed.version ? changed : item))
  }

  return { items, more: computed(() => after.value !== null), paging, problem, open, showMore, refresh, put }
}

/** The list is the newest first, by the time they were made and then by id. */
function isOlder(one: Callback, than: Callback): boolean {
  const apart = Date.parse(one.made_at) - Date.parse(than.made_at)
  return apart < 0 || (apart === 0 && one.id < than.id)
}
