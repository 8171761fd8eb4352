import { http } from './http'
import type { Article, ArticleState } from './knowledge'

export type Audience = Article['audience']
export const AUDIENCES: readonly Audience[] = ['internal', 'customer', 'public']

export interface Translation {
  id: string
  language: string
  state: ArticleState
  out_of_date: boolean
}

export interface WholeArticle extends Article {
  topic_id: string
  helpful: number
  not_helpful: number
  out_of_date: boolean
  expired: boolean
  owner_id: string | null
  owner_name: string | null
  source_contact_id: string | null
  help_path: string | null
  review_due_at: string | null
  flagged_at: string | null
  expires_at: string | null
  translations: Translation[]
}

export interface ArticleChange {
  question: string
  answer: string
  language: string
  tags: string[]
  state: ArticleState
  audience: Audience
  format: 'plain' | 'markdown'
  owner_id?: string
  expires_at?: string
  review_due_at?: string
  clears?: ('expires_at' | 'owner_id' | 'review_due_at')[]
}

export interface ArticleVersion {
  version: number
  question: string
  answer: string
  state: ArticleState
  changed_at: string
  changed_by_name: string
}

export interface ArticleFile {
  id: string
  name: string
  width: number
  height: number
  url: string
  /** What a text names it by. */
  mark: string
}

const at = (id: string, more = ''): string => `/knowledge/${encodeURIComponent(id)}${more}`

export const getWhole = (id: string): Promise<WholeArticle> => http.get<WholeArticle>(at(id))
export const writeArticle = (body: ArticleChange & { translates?: string }): Promise<WholeArticle> => http.post<WholeArticle>('/knowledge', body)
export const changeWhole = (id: string, body: Partial<ArticleChange> & { version: number; reviewed?: boolean }): Promise<WholeArticle> =>
  http.patch<WholeArticle>(at(id), body)
export const listOwned = (): Promise<WholeArticle[]> => http.get<WholeArticle[]>('/knowledge/owned')
export const listVersions = (id: string): Promise<ArticleVersion[]> => http.get<ArticleVersion[]>(at(id, '/versions'))
export const previewArticle = (body: Pick<ArticleChange, 'question' | 'answer' | 'format' | 'language'>): Promise<{ page: string }> =>
  http.post<{ page: string }>('/knowledge/preview', body)

export function addPicture(id: string, file: File): Promise<ArticleFile> {
  const form = new FormData()
  form.append('file', file, file.name || 'picture')
  return http.upload<ArticleFile>(at(id, '/files'), form)
}

export interface PageDone {
  name: string
  outcome: 'created' | 'changed' | 'unchanged' | 'refused'
  reason: string
  /** The reason for programs: page.empty, …; '' where there is none. */
  code: string
  article_id: string | null
  title: string
  left_out: number
}

export function importPage(file: File): Promise<PageDone> {
  const form = new FormData()
  form.append('file', file, file.name)
  return http.upload<PageDone>('/knowledge/pages', form)
}
