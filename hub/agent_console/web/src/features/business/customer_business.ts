import { ref, watch, type Ref } from 'vue'

import * as api from '@/shared/api/business'
import { messageOf } from '@/shared/api/errors'
import type { Page } from '@/shared/api/types'

interface List<T> {
  items: Ref<T[]>
  after: Ref<string | null>
}

export interface CustomerBusiness {
  orders: List<api.Order>
  cases: List<api.ServiceCase>
  balance: Ref<api.Balance | null>
  problem: Ref<string>
  reload: () => Promise<void>
  moreOrders: () => Promise<void>
  moreCases: () => Promise<void>
}

function list<T>(): List<T> {
  return { items: ref([]) as Ref<T[]>, after: ref(null) }
}

function take<T>(into: List<T>, page: Page<T>, more: boolean): void {
  into.items.value = more ? [...into.items.value, ...page.items] : page.items
  into.after.value = page.after
}

/** What the business's systems know of one customer, loaded again when the customer changes. */
export function useCustomerBusiness(id: Ref<string>): CustomerBusiness {
  const orders = list<api.Order>()
  const cases = list<api.ServiceCase>()
  const balance = ref<api.Balance | null>(null)
  const problem = ref('')

  async function doing(work: (asked: string) => Promise<() => void>): Promise<void> {
    const asked = id.value
    problem.value = ''
    try {
      const show = await work(asked)
      if (asked === id.value) show()
    } catch (error) {
      if (asked === id.value) problem.value = messageOf(error)
    }
  }

  const reload = (): Promise<void> =>
    doing(async (asked) => {
      const [bought, broken, owed] = await Promise.all([api.listOrders(asked), api.listCases(asked), api.getBalance(asked)])
      return () => {
        take(orders, bought, false)
        take(cases, broken, false)
        balance.value = owed
      }
    })
  const moreOrders = (): Promise<void> =>
    doing(async (asked) => {
      const page = await api.listOrders(asked, orders.after.value, 20)
      return () => take(orders, page, true)
    })
  const moreCases = (): Promise<void> =>
    doing(async (asked) => {
      const page = await api.listCases(asked, cases.after.value, 20)
      return () => take(cases, page, true)
    })

  watch(
    id,
    () => {
      orders.items.value = []
      cases.items.value = []
      balance.value = null
      void reload()
    },
    { immediate: true },
  )
  return { orders, cases, balance, problem, reload, moreOrders, moreCases }
}
