import { computed, onMounted, onUnmounted, reactive, ref, watch, type ComputedRef, type Ref } from 'vue'

import { messageOf } from '@/shared/api/errors'
import { listUsers, type User } from '@/shared/api/people'

export interface Wanted {
  text: string
  which: string
  role: string
  team: string
}

const WAIT_MS = 200

/** The users that are asked for, page by page; an answer to an older question is dropped. */
export function usePeople(first: Partial<Wanted>): {
  wanted: Wanted
  rows: Ref<User[]>
  loaded: Ref<boolean>
  problem: Ref<string>
  more: ComputedRef<boolean>
  paging: Ref<boolean>
  load: () => Promise<void>
  showMore: () => Promise<void>
} {
  const wanted = reactive<Wanted>({ text: '', which: 'in', role: '', team: '', ...first })
  const rows = ref<User[]>([])
  const after = ref<string | null>(null)
  const loaded = ref(false)
  const problem = ref('')
  const paging = ref(false)
  let timer: number | undefined
  let turn = 0

  async function ask(more: boolean): Promise<void> {
    const mine = ++turn
    problem.value = ''
    try {
      const only = { q: wanted.text.trim(), disabled: wanted.which === 'out' ? 'true' : 'false', role: wanted.role, team: wanted.team }
      const page = await listUsers(only, more ? after.value : null)
      if (mine !== turn) return
      rows.value = more ? [...rows.value, ...page.items] : page.items
      after.value = page.after
    } catch (error) {
      if (mine === turn) problem.value = messageOf(error, 'people')
    } finally {
      loaded.value = true
    }
  }
  const load = (): Promise<void> => ask(false)
  async function showMore(): Promise<void> {
    if (paging.value) return
    paging.value = true
    await ask(true)
    paging.value = false
  }
  watch(() => [wanted.which, wanted.role, wanted.team], load)
  watch(
    () => wanted.text,
    () => {
      window.clearTimeout(timer)
      timer = window.setTimeout(() => void load(), WAIT_MS)
    },
  )
  onMounted(load)
  onUnmounted(() => window.clearTimeout(timer))
  return { wanted, rows, loaded, problem, more: computed(() => after.value !== null), paging, load, showMore }
}
