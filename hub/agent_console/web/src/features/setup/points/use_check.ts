import { onBeforeUnmount, ref, type Ref } from 'vue'

import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import type { Finding } from '@/shared/api/points'
import type { SetupProblem } from '@/shared/api/setup_types'

/** A check of what is wished, or of what is in force. */
export type Checker<Wish> = (wish: Wish | null, signal: AbortSignal) => AsyncGenerator<Finding>

export interface Check<Wish> {
  steps: Ref<Finding[] | null>
  running: Ref<boolean>
  problem: Ref<string>
  /** Where a form is wrong, if the hub refused it by its places. */
  wrong: Ref<SetupProblem[]>
  /** Whether it went through without a fault. */
  run: (wish: Wish | null) => Promise<boolean>
  refused: (error: unknown) => void
}

/** A check as it goes on; another one, or leaving the page, ends it. */
export function useCheck<Wish>(check: Checker<Wish>): Check<Wish> {
  const steps = ref<Finding[] | null>(null)
  const running = ref(false)
  const problem = ref('')
  const wrong = ref<SetupProblem[]>([])
  let abort = new AbortController()
  onBeforeUnmount(() => abort.abort())

  function refused(error: unknown): void {
    problem.value = messageOf(error, 'setup')
    wrong.value = error instanceof ApiError ? ((error.body['problems'] as SetupProblem[] | undefined) ?? []) : []
  }
  async function run(wish: Wish | null): Promise<boolean> {
    abort.abort()
    const own = new AbortController()
    abort = own
    steps.value = []
    problem.value = ''
    wrong.value = []
    running.value = true
    try {
      for await (const step of check(wish, own.signal)) {
        if (own.signal.aborted) return false
        steps.value.push(step)
      }
      return steps.value.length > 0 && steps.value.every((one) => one.verdict !== 'fault')
    } catch (error) {
      if (!own.signal.aborted) refused(error)
      return false
    } finally {
      if (abort === own) running.value = false
    }
  }
  return { steps, running, problem, wrong, run, refused }
}
