import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

import { messageOf } from '@/shared/api/errors'

interface Asked<T> {
  found: ShallowRef<T | null>
  problem: Ref<string>
  load: () => Promise<void>
}

/**
 * What is known of one thing: asked at once, and again when `again` changes; what was there stays until then.
 * Nothing of another thing is shown: not what was there, and no answer that comes too late.
 */
export function useAsked<T>(id: () => string, get: (id: string) => Promise<T>, again: () => unknown = id): Asked<T> {
  const found = shallowRef<T | null>(null)
  const problem = ref('')
  let turn = 0

  async function load(): Promise<void> {
    const mine = ++turn
    problem.value = ''
    try {
      const answer = await get(id())
      if (mine === turn) found.value = answer
    } catch (error) {
      if (mine === turn) problem.value = messageOf(error)
    }
  }
  watch(
    [id, again],
    ([now], [before]) => {
      if (now !== before) found.value = null
      void load()
    },
    { immediate: true },
  )
  return { found, problem, load }
}
