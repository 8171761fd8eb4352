import { ref, watch, type Ref } from 'vue'

import * as api from '@/shared/api/customers'
import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import type { Commitment } from '@/shared/api/types'
import { useToasts } from '@/stores/toasts'

export interface CustomerRecord {
  customer: Ref<api.Customer | null>
  commitments: Ref<Commitment[]>
  problem: Ref<string>
  reload: () => Promise<void>
  keep: (commitmentId: string) => Promise<void>
}

/** The record and the promises of one customer, loaded again when the customer changes. */
export function useCustomerRecord(id: Ref<string>): CustomerRecord {
  const customer = ref<api.Customer | null>(null)
  const commitments = ref<Commitment[]>([])
  const problem = ref('')
  const toasts = useToasts()

  async function reload(): Promise<void> {
    const asked = id.value
    if (!asked) return
    problem.value = ''
    try {
      const [record, promises] = await Promise.all([api.getCustomer(asked), api.listCommitments(asked)])
      if (asked !== id.value) return
      customer.value = record
      commitments.value = promises.items
    } catch (error) {
      if (asked === id.value) problem.value = messageOf(error)
    }
  }

  async function keep(commitmentId: string): Promise<void> {
    try {
      await api.keepCommitment(commitmentId)
      await reload()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      toasts.error(messageOf(error))
    }
  }

  watch(
    id,
    () => {
      customer.value = null
      commitments.value = []
      void reload()
    },
    { immediate: true },
  )
  return { customer, commitments, problem, reload, keep }
}
