import { http, query } from './http'
import type { Article } from './knowledge'
import type { Page } from './types'

export const REASONS = ['flagged', 'due', 'expired', 'out_of_date', 'unused'] as const
export type Reason = (typeof REASONS)[number]

export interface ReviewedArticle extends Article {
  helpful: number
  not_helpful: number
  flagged_at: string | null
  review_due_at: string | null
  expires_at: string | null
  help_path: string | null
}

export interface Gaps {
  days: number
  searches: number
  in_vain: number
  searched: { words: string; times: number; places: string[]; last_at: string }[]
  missing: { contact_id: string; reference: string; subject: string | null; note: string | null; closed_at: string }[]
  topics: { id: string; words: string; question: string | null; language: string | null; contacts: number; article_id: string | null; made_at: string }[]
}

export interface Learned {
  fitted_at: string | null
  articles: number
  cases: number
  held: number
  threshold: number | null
  precision: number | null
  recall: number | null
}

export const listReviews = (reason: Reason, after: string | null): Promise<Page<ReviewedArticle>> =>
  http.get<Page<ReviewedArticle>>(`/knowledge/review${query({ reason, after })}`)
export const markReviewed = (id: string, version: number): Promise<unknown> =>
  http.patch(`/knowledge/${id}`, { reviewed: true, version })
export const getGaps = (): Promise<Gaps> => http.get<Gaps>('/knowledge/gaps')
export const dismissTopic = (id: string): Promise<unknown> => http.post(`/knowledge/topics/${id}/dismiss`)
export const getLearned = (): Promise<Learned> => http.get<Learned>('/knowledge/learned')
