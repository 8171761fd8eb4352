/** What customers are worth (hub/customers/value/views.py). Money in minor units, shares 0 to 1. */
import { http, query } from './http'
import type { Kind } from './groups'
import type { Page } from './types'

export interface Move {
  from: string
  to: string
  count: number
}

export interface TierReport {
  at: string
  made_at: string
  window: { from: string; until: string; days: number; zone: string }
  customers: number
  lapsed: number
  revenue_minor: number
  profit_minor: number
  currency: string
  best: { share: number; count: number; share_of_customers: number; share_of_revenue: number }
  tail: { share: number; count: number; share_of_customers: number; share_of_revenue: number; top_value_minor: number }
  loss_making: number
  potential_gold: number
  moves: Move[]
  moved: number
  held_back: number
  tiers: Record<string, number>
  segments: Record<string, number>
  no_rate: number
  rules_version: number
}

export interface TierRun {
  id: string
  at: string
  report: TierReport
}

export interface Figures {
  currency: string
  window_from: string
  window_until: string
  revenue_minor: number
  margin_minor: number
  cost_minor: number
  profit_minor: number
  orders: number
  first_order: string
  last_order: string
  rank: number | null
  of: number
  share_above: number | null
  trend: number
  recency: number | null
  frequency: number | null
  money: number | null
  segment: string
  found: string[]
  clv_minor: number | null
}

export interface TierChange {
  at: string
  before: string
  after: string
  source: string
  reason: string
  inputs: { rank?: number | null; of?: number; profit_minor?: number; currency?: string; rule?: number; why?: string } | null
  rules_version: number | null
}

/** Why a customer has their tier; `why`: what decides it. */
export interface TierWhy {
  customer_id: string
  tier: string
  own: string
  source: string
  reason: string | null
  since: string
  expires_at: string | null
  computed: string | null
  rule: number
  why: string | null
  rules_version: number
  figures: Figures | null
  complaint: boolean
  objection: { id: string; objected_at: string; text: string } | null
  changes: TierChange[]
}

export interface Objection {
  id: string
  customer_id: string
  name: string | null
  tier: string
  tier_before: string
  objected_at: string
  text: string
}

export interface FoundCustomer {
  customer_id: string
  name: string | null
  tier: string
  revenue_minor: number
  cost_minor: number
  profit_minor: number
  orders: number
  rank: number | null
  segment: string
  last_order: string
}

export type Condition = Record<string, unknown>

export interface RuleDocument {
  tiers: { tier: string; when: Condition; keep?: Condition }[]
  best_share?: number
  tail_share?: number
  short_history?: string
}

export interface RuleSet {
  version: number
  rules: RuleDocument
  effective_from: string | null
  made_by: string | null
  made_at: string | null
  note: string
  in_force: boolean
}

export interface Rules {
  in_force: RuleSet
  versions: RuleSet[]
  newest: number
  usual: RuleDocument
  tiers: string[]
  default_tier: string
  fields: Record<string, Kind>
  window_days: number
  margin: number
  currency: string
  /** These rules are for everybody's customers: who sees one branch only looks at them. */
  may_change: boolean
}

export interface Preview {
  ready: boolean
  customers: number
  tiers: Record<string, number>
  moves: Move[]
  moved: number
  stands: number
  held_back: number
  sample: { customer_id: string; name: string | null; before: string; after: string; profit_minor: number }[]
}

export const listRuns = (after: string | null = null, limit = 10): Promise<Page<TierRun>> =>
  http.get<Page<TierRun>>(`/tiers/runs${query({ after, limit })}`)
export const listFound = (called: string | null, after: string | null = null): Promise<Page<FoundCustomer>> =>
  http.get<Page<FoundCustomer>>(`/tiers/found${query({ called, after, limit: 20 })}`)
export const getTierWhy = (customerId: string): Promise<TierWhy> => http.get<TierWhy>(`/customers/${customerId}/value`)
export const objectToTier = (customerId: string, text: string): Promise<unknown> =>
  http.post(`/customers/${customerId}/tier-objections`, { text })
export const listObjections = (after: string | null = null): Promise<Page<Objection>> =>
  http.get<Page<Objection>>(`/tier-objections${query({ after, limit: 20 })}`)
export const decideObjection = (id: string, upheld: boolean, note: string): Promise<unknown> =>
  http.post(`/tier-objections/${id}/decide`, { upheld, note })
export const getRules = (): Promise<Rules> => http.get<Rules>('/tiers/rules')
/** `from` null: at once. */
export const putRules = (rules: RuleDocument, after: number, note: string, from: string | null): Promise<Rules> =>
  http.put<Rules>('/tiers/rules', { rules, after, note, effective_from: from })
export const previewRules = (rules: RuleDocument): Promise<Preview> => http.post<Preview>('/tiers/preview', { rules })
