import type { Fact } from './customers'
import { http } from './http'

export type Trend = 'falls' | 'stays' | 'rises'

/** `zone` is told to supervisors only; the rest is null where nobody has answered. */
export interface SatisfactionBrief {
  n: number
  mean: number | null
  last: number | null
  last_at: string | null
  trend: Trend | null
  zone: 'at_risk' | 'indifferent' | 'loyal' | null
}

export interface SurveyAnswer {
  id: string
  survey: string
  question: string
  score: number | null
  text: string | null
  source: string
  contact_id: string | null
  campaign_id: string | null
  at: string
}

/** `recent`: the newest scores, newest first. */
export interface Satisfaction extends SatisfactionBrief {
  recent: number[]
  answers: SurveyAnswer[]
}

/** Whom a customer names in a contact besides us: where, and what is known of the two. */
export interface NamedCompetitor {
  competitor_id: string
  name: string
  sentence: string
  interaction_id: string
  at: string
  facts: Fact[]
}

export const getSatisfaction = (customerId: string): Promise<Satisfaction> => http.get<Satisfaction>(`/customers/${customerId}/satisfaction`)
export const listNamed = (contactId: string): Promise<NamedCompetitor[]> => http.get<NamedCompetitor[]>(`/contacts/${contactId}/competitors`)
