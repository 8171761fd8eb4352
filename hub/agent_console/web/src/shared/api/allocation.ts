/** New customers and who has to touch them, plans and their steps (hub/customers/allocation, plans). */
import { http, query } from './http'
import type { Page } from './types'

export type Whose = 'mine' | 'team' | 'all'

export interface Lead {
  id: string
  customer_id: string
  customer_name: string | null
  to_id: string | null
  to_name: string | null
  cause: string
  reason: string
  rule_key: string | null
  rule_zh: string | null
  rule_en: string | null
  made_at: string
  by_id: string | null
  by_name: string | null
  remind_at: string
  due_at: string
  recall_at: string | null
  escalated_at: string | null
  touched_at: string | null
  ended_at: string | null
  ended_as: string | null
}

export interface TraceRule {
  key: string
  zh: string
  en: string
  why: 'no_match' | 'nobody' | 'given'
  by: string | null
  considered: { user_id: string; name: string | null; leads: number }[]
  left_out: { user_id: string; name: string | null; why: string }[]
}

export interface LeadTrace extends Lead {
  before_name: string | null
  rules: TraceRule[]
  stuck: TraceRule[]
}

export interface PlanStep {
  key: string
  zh: string
  en: string
  due_at: string | null
  done_at: string | null
  by_id: string | null
  by_name: string | null
}

export interface Plan {
  id: string
  key: string
  zh: string
  en: string
  state: 'open' | 'done' | 'ended'
  owner: string
  made_at: string
  due_at: string
  late_since: string | null
  done_at: string | null
  steps: PlanStep[]
}

export const LEADS_PAGE = 50
const of = (customerId: string): string => `/customers/${encodeURIComponent(customerId)}`

export const listLeads = (whose: Whose, after: string | null, limit = LEADS_PAGE): Promise<Page<Lead>> => http.get<Page<Lead>>(`/allocations${query({ whose, after, limit })}`)
export const leadsOf = (customerId: string): Promise<LeadTrace[]> => http.get<LeadTrace[]>(`${of(customerId)}/allocations`)
export const allocate = (customerId: string, toId: string, reason: string): Promise<LeadTrace> =>
  http.post<LeadTrace>(`${of(customerId)}/allocations`, { to_id: toId, reason })
export const plansOf = (customerId: string): Promise<Plan[]> => http.get<Plan[]>(`${of(customerId)}/plans`)
export const tickStep = (customerId: string, planId: string, step: string, done: boolean): Promise<Plan[]> =>
  http.put<Plan[]>(`${of(customerId)}/plans/${encodeURIComponent(planId)}/steps/${encodeURIComponent(step)}`, { done })
