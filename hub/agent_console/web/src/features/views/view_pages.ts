import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'

import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import type { ContactRow } from '@/shared/api/types'
import * as api from '@/shared/api/views'
import { whileSeen } from '@/shared/lib/again'
import { useLive } from '@/stores/live'

const PAGE = 100
const MOST = 200
const ENOUGH = 30
const ROUNDS = 12
const SOON_MS = 3_000
const ANYHOW_MS = 15_000

export interface ViewPages {
  rows: Ref<ContactRow[]>
  loaded: Ref<boolean>
  problem: Ref<string>
  /** There may be more further back: the walk stopped before it had seen all. */
  more: ComputedRef<boolean>
  searching: Ref<boolean>
  reload: () => Promise<void>
  further: () => Promise<void>
}

/** What a filter shows, page by page; kept fresh while it is on screen, at most every 3 s. */
export function useViewPages(filter: Ref<api.ViewFilter>): ViewPages {
  const live = useLive()
  const rows = ref<ContactRow[]>([]) as Ref<ContactRow[]>
  const loaded = ref(false)
  const problem = ref('')
  const searching = ref(false)
  const after = ref<string | null>(null)
  let turn = 0
  let deeper = 0
  let timer: number | undefined

  const unseen = (found: ContactRow[]): ContactRow[] => {
    const known = new Set(rows.value.map((row) => row.id))
    return found.filter((row) => !known.has(row.id))
  }

  /** Further pages until there are enough rows to look at; a page can be short and not be the last. */
  async function fill(mine: number, from: string | null, wanted: number): Promise<void> {
    searching.value = true
    let next: string | null = from
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const page: Awaited<ReturnType<typeof api.findContacts>> = await api.findContacts(filter.value, next, from === null ? PAGE : MOST)
        if (mine !== turn) return
        rows.value = round === 0 && from === null ? page.items : [...rows.value, ...unseen(page.items)]
        next = after.value = page.after
        problem.value = ''
        if (next === null || rows.value.length >= wanted) return
      }
    } catch (error) {
      if (mine === turn) problem.value = messageOf(error)
    } finally {
      if (mine === turn) {
        searching.value = false
        loaded.value = true
      }
    }
  }

  async function reload(): Promise<void> {
    turn += 1
    await fill(turn, null, ENOUGH)
  }

  async function further(): Promise<void> {
    if (after.value === null || searching.value) return
    await fill(turn, after.value, rows.value.length + ENOUGH)
  }

  /** The head of the list anew; of what lies deeper, the next rows in turn. */
  async function refresh(): Promise<void> {
    if (searching.value || !loaded.value) return
    const mine = turn
    const had = rows.value
    try {
      const head = await api.findContacts(filter.value, null, Math.min(MOST, Math.max(PAGE, had.length)))
      if (mine !== turn) return
      const known = new Set(head.items.map((row) => row.id))
      const tail = head.after === null ? [] : had.slice(head.items.length).filter((row) => !known.has(row.id))
      if (tail.length === 0) after.value = head.after
      rows.value = [...head.items, ...(await freshened(tail))]
      problem.value = ''
    } catch (error) {
      if (!(error instanceof ApiError) || !error.offline) problem.value = messageOf(error)
    }
  }

  async function freshened(tail: ContactRow[]): Promise<ContactRow[]> {
    if (tail.length === 0) return tail
    if (deeper >= tail.length) deeper = 0
    const asked = tail.slice(deeper, deeper + MOST).map((row) => row.id)
    deeper += MOST
    const found = new Map((await api.readRows(asked)).items.map((row) => [row.id, row]))
    const gone = new Set(asked.filter((id) => !found.has(id)))
    return tail.filter((row) => !gone.has(row.id)).map((row) => found.get(row.id) ?? row)
  }

  function soon(): void {
    timer ??= window.setTimeout(() => {
      timer = undefined
      if (!document.hidden) void refresh()
    }, SOON_MS)
  }

  onScopeDispose(whileSeen(soon, ANYHOW_MS))
  watch(() => live.picture.n, soon)
  watch(filter, () => void reload(), { deep: true })
  onScopeDispose(() => {
    turn += 1
    window.clearTimeout(timer)
  })
  // What the socket tells of one's own contacts is newer than any page.
  const shown = computed({
    get: () => rows.value.map((row) => { const own = live.picture.contacts[row.id]; return own && own.version > row.version ? own : row }),
    set: (value) => (rows.value = value),
  })
  return { rows: shown, loaded, problem, more: computed(() => after.value !== null), searching, reload, further }
}
