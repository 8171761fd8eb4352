import { expect, it } from 'vitest'

import type { Interaction } from '@/shared/api/types'
import { MOST_SENDERS, rememberedSender, withoutSender, withSender } from './picture_senders'

const mail = (meta: Record<string, unknown>, changes: Partial<Interaction> = {}): Interaction =>
  ({ direction: 'in', kind: 'message', author_id: null, meta, ...changes }) as unknown as Interaction

it('remembers a sender in one form, whatever way they write it', () => {
  expect(rememberedSender(mail({ from: ' News@Shop.Example ', dmarc: 'pass' }))).toBe('news@shop.example')
  expect(rememberedSender(mail({ from: 'chen@example.com', dmarc: 'none' }))).toBe('chen@example.com')
})

it.each([
  ['its domain disowns it', { from: 'chen@example.com', dmarc: 'fail' }],
  ['it could not be checked', { from: 'chen@example.com', dmarc: 'temperror' }],
  ['it is spam', { from: 'chen@example.com', spam: 'X-Spam' }],
  ['it names nobody', {}],
  ['the name is longer than anybody has', { from: `${'a'.repeat(100)}@example.com` }],
])('never shows pictures by itself where %s', (_, meta) => {
  expect(rememberedSender(mail(meta))).toBe('')
})

it('has nothing to remember of what we wrote', () => {
  expect(rememberedSender(mail({ from: 'us@shop.example' }, { direction: 'out', author_id: 'li' }))).toBe('')
  expect(rememberedSender(mail({ from: 'us@shop.example' }, { direction: 'internal', kind: 'aside', author_id: 'li' }))).toBe('')
})

it('keeps the newest choices, each once', () => {
  const many = Array.from({ length: MOST_SENDERS }, (_, index) => `s${index}@example.com`)
  const more = withSender(withSender(many, 's1@example.com'), 'new@example.com')
  expect([more.length, more.at(-1), more.at(-2), more[0]]).toEqual([MOST_SENDERS, 'new@example.com', 's1@example.com', 's2@example.com'])
  expect(withoutSender(more, 'new@example.com').at(-1)).toBe('s1@example.com')
})
