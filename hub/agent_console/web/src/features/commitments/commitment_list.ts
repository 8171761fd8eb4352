import { computed, onUnmounted, ref, watch, type ComputedRef, type Ref } from 'vue'

import { COMMITMENTS_PAGE, findCommitments, type CommitmentFilter, type CommitmentRow } from '@/shared/api/commitments'
import { messageOf } from '@/shared/api/errors'
import { useAgain } from '@/shared/lib/again'

const POLL_MS = 30_000
const MOST = 200

export interface CommitmentList {
  /** Null until the first answer to this filter. */
  items: Ref<CommitmentRow[] | null>
  more: ComputedRef<boolean>
  paging: Ref<boolean>
  problem: Ref<string>
  open: () => Promise<void>
  showMore: () => Promise<void>
  /** Read again what is shown; says nothing when it fails. */
  refresh: () => Promise<void>
}

/** The commitments of a filter, the earliest due first, page after page; read again every half minute. */
export function useCommitmentList(filter: CommitmentFilter): CommitmentList {
  const items = ref<CommitmentRow[] | null>(null)
  const after = ref<string | null>(null)
  const paging = ref(false)
  const problem = ref('')
  let asked = 0

  async function ask(from: string | null, limit: number, quiet: boolean): Promise<void> {
    const mine = ++asked
    try {
      const page = await findCommitments({ ...filter }, from, limit)
      if (mine !== asked) return
      const known = new Set(page.items.map((one) => one.id))
      items.value = from === null ? page.items : [...(items.value ?? []).filter((one) => !known.has(one.id)), ...page.items]
      after.value = page.after
      problem.value = ''
    } catch (error) {
      if (mine === asked && !quiet) problem.value = messageOf(error)
    }
  }

  async function open(): Promise<void> {
    items.value = null
    after.value = null
    problem.value = ''
    await ask(null, COMMITMENTS_PAGE, false)
  }

  async function showMore(): Promise<void> {
    if (paging.value || after.value === null) return
    paging.value = true
    await ask(after.value, COMMITMENTS_PAGE, false)
    paging.value = false
  }

  async function refresh(): Promise<void> {
    if (paging.value) return
    if (items.value === null) await open()
    else await ask(null, Math.min(MOST, Math.max(COMMITMENTS_PAGE, items.value.length)), true)
  }

  useAgain(open, POLL_MS, refresh)
  onUnmounted(() => (asked += 1))
  watch(
    () => ({ ...filter }),
    () => void open(),
  )
  return { items, more: computed(() => after.value !== null), paging, problem, open, showMore, refresh }
}
