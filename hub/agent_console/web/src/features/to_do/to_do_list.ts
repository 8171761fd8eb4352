import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'

import { messageOf } from '@/shared/api/errors'
import { useToDo } from '@/stores/to_do'

export interface ToDoPart<T> {
  /** Null until the first answer. */
  items: Ref<T[] | null>
  more: Ref<boolean>
  problem: Ref<string>
  count: ComputedRef<number>
  reload: () => Promise<void>
}

/** One part of what waits, read again with each count. What is shown stays where that fails. */
export function useToDoPart<T>(load: () => Promise<{ items: T[]; more: boolean }>): ToDoPart<T> {
  const toDo = useToDo()
  const items = ref<T[] | null>(null) as Ref<T[] | null>
  const more = ref(false)
  const problem = ref('')
  let asked = 0

  async function reload(): Promise<void> {
    const turn = (asked += 1)
    try {
      const found = await load()
      if (turn !== asked) return
      items.value = found.items
      more.value = found.more
      problem.value = ''
    } catch (error) {
      if (turn === asked && items.value === null) problem.value = messageOf(error)
    }
  }
  watch(() => toDo.turn, () => void reload(), { immediate: true })
  return { items, more, problem, count: computed(() => items.value?.length ?? 0), reload }
}
