import type { Balance, Order, ServiceCase } from './business'
import type { CommitmentRow } from './commitments'
import { http } from './http'
import type { SatisfactionBrief } from './research'
import type { ContactRow } from './types'

export type AskFor = 'name' | 'phone' | 'email' | 'language'

/** What stands on top of a customer's page, in one answer. */
export interface CustomerOverview {
  contacts: ContactRow[]
  commitments: CommitmentRow[]
  complaints: { id: string }[]
  balance: Balance
  satisfaction: SatisfactionBrief
  orders: Order[]
  cases: ServiceCase[]
  ask_for: AskFor | null
}

export const getOverview = (customerId: string): Promise<CustomerOverview> => http.get<CustomerOverview>(`/customers/${customerId}/page`)
