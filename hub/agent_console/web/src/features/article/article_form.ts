import type { ArticleChange, Audience, WholeArticle } from '@/shared/api/articles'
import type { ArticleState } from '@/shared/api/knowledge'

/** What the editor's fields hold; days as "2026-11-29", "" for none. */
export interface ArticleForm {
  question: string
  answer: string
  language: string
  tags: string
  state: ArticleState
  audience: Audience
  format: 'plain' | 'markdown'
  owner: string
  expires: string
  review: string
}

export const LANGUAGES = ['zh-CN', 'en'] as const

export const emptyForm = (language: string): ArticleForm => ({
  question: '',
  answer: '',
  language,
  tags: '',
  state: 'draft',
  audience: 'customer',
  format: 'markdown',
  owner: '',
  expires: '',
  review: '',
})

export const formOf = (article: WholeArticle): ArticleForm => ({
  question: article.question,
  answer: article.answer,
  language: article.language,
  tags: article.tags.join(', '),
  state: article.state,
  audience: article.audience,
  format: article.format,
  owner: article.owner_id ?? '',
  expires: dayOf(article.expires_at),
  review: dayOf(article.review_due_at),
})

/** The form after the hub stored what was `sent` of it: what it says of each field nobody touched since; what was typed since stays. */
export function afterStored(form: ArticleForm, sent: ArticleForm, stored: WholeArticle): ArticleForm {
  const touched = (Object.keys(form) as (keyof ArticleForm)[]).filter((name) => form[name] !== sent[name])
  return { ...formOf(stored), ...Object.fromEntries(touched.map((name) => [name, form[name]])) }
}

/** A translation begins as its original, to be written over. */
export const translationOf = (article: WholeArticle): ArticleForm => ({
  ...formOf(article),
  language: missing(article)[0] ?? article.language,
  state: 'draft',
  owner: '',
  expires: '',
  review: '',
})

/** What is sent: of dates and owner only what was changed. */
export function bodyOf(form: ArticleForm, before: WholeArticle | null): ArticleChange {
  const body: ArticleChange = {
    question: form.question,
    answer: form.answer,
    language: form.language,
    tags: form.tags.split(/[,，、]/u).map((tag) => tag.trim()).filter(Boolean),
    state: form.state,
    audience: form.audience,
    format: form.format,
  }
  const clears: NonNullable<ArticleChange['clears']> = []
  if (form.owner !== (before?.owner_id ?? '')) {
    if (form.owner) body.owner_id = form.owner
    else clears.push('owner_id')
  }
  for (const [name, day] of [['expires_at', form.expires], ['review_due_at', form.review]] as const) {
    if (day === dayOf(before?.[name] ?? null)) continue
    if (day) body[name] = endOf(day)
    else clears.push(name)
  }
  return clears.length ? { ...body, clears } : body
}

/** The languages of ours in which it is not yet. */
export function missing(article: WholeArticle): string[] {
  const there = [article.language, ...article.translations.map((one) => one.language)].map(base)
  return LANGUAGES.filter((language) => !there.includes(base(language)))
}

export const base = (language: string): string => language.split('-')[0]?.toLowerCase() ?? ''

export function dayOf(iso: string | null): string {
  if (iso === null) return ''
  const at = new Date(iso)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The last second of a day where the reader is. */
function endOf(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date, 23, 59, 59).toISOString()
}
