import { onUnmounted, ref, watch, type Ref } from 'vue'

import { getCommitment, type CommitmentDetail } from '@/shared/api/commitments'
import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'

export interface OpenCommitment {
  detail: Ref<CommitmentDetail | null>
  problem: Ref<string>
  busy: Ref<boolean>
  reload: () => Promise<void>
  /** Do something that returns what became of it. False: it was refused, `problem` says why. */
  act: (doing: () => Promise<CommitmentDetail>) => Promise<boolean>
  /** Do something after which it may be out of sight. */
  leave: (doing: () => Promise<unknown>) => Promise<boolean>
}

/** One commitment with its record, read anew for each id. */
export function useCommitment(id: Ref<string>): OpenCommitment {
  const detail = ref<CommitmentDetail | null>(null)
  const problem = ref('')
  const busy = ref(false)
  let gone = false

  async function reload(): Promise<void> {
    const asked = id.value
    if (!asked) return
    try {
      const found = await getCommitment(asked)
      if (asked === id.value && !gone) {
        detail.value = found
        problem.value = ''
      }
    } catch (error) {
      if (asked === id.value) problem.value = messageOf(error)
    }
  }

  async function run(doing: () => Promise<void>): Promise<boolean> {
    busy.value = true
    problem.value = ''
    try {
      await doing()
      return true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      problem.value = messageOf(error)
      return false
    } finally {
      busy.value = false
    }
  }

  const act = (doing: () => Promise<CommitmentDetail>): Promise<boolean> => run(async () => void (detail.value = await doing()))
  const leave = (doing: () => Promise<unknown>): Promise<boolean> => run(async () => void (await doing()))

  watch(
    id,
    () => {
      detail.value = null
      problem.value = ''
      void reload()
    },
    { immediate: true },
  )
  onUnmounted(() => (gone = true))
  return { detail, problem, busy, reload, act, leave }
}
