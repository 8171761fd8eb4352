import { http, query } from './http'
import type { Page } from './types'

export type ArticleState = 'draft' | 'not_validated' | 'approved' | 'published' | 'retired'

export interface Article {
  id: string
  question: string
  answer: string
  language: string
  state: ArticleState
  tags: string[]
  version: number
  updated_at: string
  uses: number
  format: 'plain' | 'markdown'
  audience: 'internal' | 'customer' | 'public'
}

export interface ArticleHit extends Article {
  /** Similar contacts that this article resolved; only on suggestions. */
  cases?: number
}

interface Suggestion {
  article: Article
  score: number
  cases: number
  used: boolean
}

export const searchArticles = (filter: {
  q?: string
  lang?: string
  state?: string
  contactId?: string
  after?: string | null
  limit?: number
}): Promise<Page<ArticleHit>> =>
  filter.contactId
    ? http
        .get<Suggestion[]>(`/knowledge/suggestions${query({ contact: filter.contactId })}`)
        .then((found) => ({ items: found.map((one) => ({ ...one.article, cases: one.cases })), after: null }))
    : http.get<Page<ArticleHit>>(
        `/knowledge${query({ q: filter.q, lang: filter.lang, state: filter.state, after: filter.after, limit: filter.limit })}`,
      )
export const articleFromContact = (contactId: string): Promise<Article> =>
  http.post<Article>(`/contacts/${contactId}/article`)
export const tellUse = (id: string, body: { contact_id: string; helped: boolean }): Promise<unknown> =>
  http.post(`/knowledge/${id}/use`, { contact_id: body.contact_id, helpful: body.helped })
