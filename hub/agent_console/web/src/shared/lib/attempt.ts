import { ref, type Ref } from 'vue'

import { messageOf } from '@/shared/api/errors'

export interface Attempt {
  /** While it lasts. */
  busy: Ref<boolean>
  /** Why the last one was refused, in words; '' where it was not. */
  problem: Ref<string>
  attempt: (what: () => Promise<unknown>) => Promise<void>
}

/** What a form or a dialog has the hub do: a refusal is said beside it; a fault of ours is thrown on. */
export function useAttempt(): Attempt {
  const busy = ref(false)
  const problem = ref('')

  async function attempt(what: () => Promise<unknown>): Promise<void> {
    busy.value = true
    problem.value = ''
    try {
      await what()
    } catch (error) {
      problem.value = messageOf(error)
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, attempt }
}
