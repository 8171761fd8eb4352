import { expect, it } from 'vitest'

import type { CannedResponse } from '@/shared/api/words'
import { findResponses, textFor } from './find'

function one(id: string, part: Partial<CannedResponse> & { title: string; language?: string; text?: string; found_by?: string[] }): CannedResponse {
  const { title, language = 'en', text = '', found_by: foundBy = [], ...rest } = part
  const texts = { [language]: { title, text, html: null, found_by: foundBy } }
  return { id, origin: 'team', texts, category: '', queues: [], teams: [], files: [], uses: 0, version: 1, may_change: false, changed_by: null, ...rest }
}
const ALL = [
  one('a', { title: 'About invoices', text: 'sent by mail' }),
  one('b', { title: 'Visit', text: 'invoice follows' }),
  one('c', { title: '上门确认', language: 'zh-CN', found_by: ['shangmenqueren', 'smqr'] }),
  one('d', { title: 'Finance only', queues: ['finance'] }),
]
const ids = (typed: string, language = 'en'): string[] => findResponses(ALL, typed, 'support', language).map((found) => found.id)

it('finds in titles before texts, and by the first letters of pinyin', () => {
  expect(ids('invoice')).toEqual(['a', 'b'])
  expect(ids('smq')).toEqual(['c'])
  expect(ids('nothing')).toEqual([])
})
it("keeps to the contact's queue, and puts the customer's language first", () => {
  expect(ids('')).toEqual(['a', 'b', 'c'])
  expect(ids('', 'zh-CN')[0]).toBe('c')
})
it('speaks the language of the customer, else of the reader, else any', () => {
  expect(textFor({ en: 1, 'zh-CN': 2 }, 'zh', 'en')[1]).toBe(2)
  expect(textFor({ en: 1 }, 'fr', 'zh-CN')[1]).toBe(1)
})
