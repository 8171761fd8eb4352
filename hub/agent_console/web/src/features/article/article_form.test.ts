import { describe, expect, it } from 'vitest'

import type { WholeArticle } from '@/shared/api/articles'
import { afterStored, bodyOf, dayOf, emptyForm, formOf, missing, translationOf } from './article_form'

const lamp = {
  question: '台灯不亮',
  answer: '换灯泡',
  language: 'zh-CN',
  tags: ['灯', 'lamp'],
  state: 'published',
  audience: 'public',
  format: 'markdown',
  owner_id: 'u1',
  expires_at: '2030-05-01T09:30:00Z',
  review_due_at: null,
  translations: [],
} as unknown as WholeArticle

describe('what the editor sends', () => {
  it('leaves dates and owner alone that nobody touched', () => {
    const body = bodyOf(formOf(lamp), lamp)
    expect(body).toEqual({ question: '台灯不亮', answer: '换灯泡', language: 'zh-CN', tags: ['灯', 'lamp'], state: 'published', audience: 'public', format: 'markdown' })
  })

  it('empties what was emptied and sets what was set, to the end of the day', () => {
    const body = bodyOf({ ...formOf(lamp), owner: '', expires: '', review: '2031-02-03', tags: '一，二、 三,' }, lamp)
    expect(body.clears).toEqual(['owner_id', 'expires_at'])
    expect(dayOf(body.review_due_at ?? null)).toBe('2031-02-03')
    expect(new Date(body.review_due_at ?? '').getHours()).toBe(23)
    expect(body.tags).toEqual(['一', '二', '三'])
    expect(bodyOf(emptyForm('en'), null).clears).toBeUndefined()
  })

  it('begins a translation as a draft in the language that is missing', () => {
    expect(translationOf(lamp)).toMatchObject({ question: '台灯不亮', language: 'en', state: 'draft', owner: '', expires: '', audience: 'public' })
    expect(missing({ ...lamp, translations: [{ id: 'x', language: 'EN-gb', state: 'draft', out_of_date: false }] })).toEqual([])
  })
})

describe('the form after something was stored', () => {
  const stored = { ...lamp, owner_id: 'me', review_due_at: null, tags: ['灯'] }

  it('follows the hub where nobody typed, so that nothing of it is sent back', () => {
    const form = { ...formOf(lamp), review: '2026-05-01', owner: '' }
    const after = afterStored(form, { ...form }, stored)
    expect(after).toEqual(formOf(stored))
    expect(Object.keys(after)).toEqual(Object.keys(emptyForm('en')))
    expect(bodyOf(after, stored).clears).toBeUndefined()
  })

  it('keeps what was typed since', () => {
    const sent = { ...formOf(lamp), owner: '' }
    expect(afterStored({ ...sent, answer: '换灯泡，再试' }, sent, stored)).toEqual({ ...formOf(stored), answer: '换灯泡，再试' })
  })

  it('keeps what a draft was not to take from it yet', () => {
    const form = { ...emptyForm('zh-CN'), question: '台灯不亮', state: 'published' as const }
    const sent = { ...form, state: 'draft' as const, answer: '…' }
    const draft = { ...lamp, state: 'draft' as const, answer: '…' }
    expect(afterStored(form, sent, draft)).toMatchObject({ answer: '', state: 'published', owner: 'u1' })
  })
})
