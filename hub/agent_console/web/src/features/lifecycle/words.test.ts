import { beforeAll, describe, expect, it } from 'vitest'

import { loadTexts, LOCALES, setLocale, texts } from '@/i18n'
import { ApiError } from '@/shared/api/http'
import type { Lifecycle, StageMove } from '@/shared/api/lifecycle'
import { ownerNow, reasonWords } from './owners'
import { chainsOf, choicesOf, comesBy, figuresOf, refusalOf, stateName, STAGES } from './words'

const CAUSES = ['first_look', 'identified', 'quoted', 'ordered', 'delivered', 'orders_gone', 'reordered', 'many_orders', 'referred', 'referral_gone', 'silent', 'came_back', 'satisfied', 'less', 'by_hand']
const STANDINGS = ['none', 'first_time', 'repeat', 'loyal', 'advocate', 'dormant', 'lost']
const AT = '2026-05-04T08:00:00Z'
const move = (change: Partial<StageMove>): StageMove => ({ axis: 'stage', before: 'prospect', after: 'ordering', cause: 'ordered', reason: '', at: AT, by_id: null, by_name: null, evidence: {}, ...change })
const LIFE = { stage: 'prospect', standing: 'none', loyalty: 'fan', by_hand: { stage: ['opportunity'], loyalty: [] }, steps: [{ key: 'fan', zh: '粉丝', en: 'Fan' }, { key: 'aware', zh: '知晓', en: 'Aware' }] } as unknown as Lifecycle
const say = texts.t

beforeAll(() => Promise.all([setLocale('en'), loadTexts('lifecycle')]))

describe('moves', () => {
  it('of one moment are one chain, the oldest state first', () => {
    const chains = chainsOf([
      move({ before: 'ordering', after: 'user', cause: 'delivered' }),
      move({}),
      move({ axis: 'standing', before: null, after: 'first_time', cause: 'first_look' }),
      move({ at: '2026-05-01T08:00:00Z', before: 'unidentified', after: 'prospect', cause: 'identified' }),
    ])
    expect(chains.map((one) => [one.axis, one.states, one.causes])).toEqual([
      ['stage', ['prospect', 'ordering', 'user'], ['ordered', 'delivered']],
      ['standing', ['first_time'], ['first_look']],
      ['stage', ['unidentified', 'prospect'], ['identified']],
    ])
  })

  it('say the figures they were made by, and nothing else', () => {
    const [chain] = chainsOf([move({ cause: 'many_orders', evidence: { orders: 4, satisfaction: 4.5, quotes: 2 } })])
    expect(figuresOf(chain!, say, String)).toEqual(['orders: 4', 'satisfaction 4.5'])
    const [silent] = chainsOf([move({ cause: 'silent', evidence: { last_order_at: AT } })])
    expect(figuresOf(silent!, say, (iso) => iso.slice(0, 10))).toEqual(['last order 2026-05-04'])
    expect(figuresOf(chainsOf([move({ cause: 'by_hand' })])[0]!, say, String)).toEqual([])
  })
})

describe('a move by hand', () => {
  it('offers what is possible first', () => {
    expect(choicesOf(LIFE, 'stage')).toEqual({ possible: ['opportunity'], others: ['unidentified', 'ordering', 'user'] })
    expect(choicesOf(LIFE, 'loyalty')).toEqual({ possible: [], others: ['aware'] })
  })

  it('is explained where it is refused', () => {
    const name = (state: string): string => stateName('stage', state, [], false, say)
    const refused = (allowed: string): ApiError => new ApiError(409, 'lifecycle.refused', 'no', { details: { before: 'prospect', after: 'user', allowed } })
    expect(refusalOf(refused('opportunity'), 'stage', name, say)).toBe('From “Prospect” nobody is set to “User” by hand. Possible now: Opportunity.')
    expect(refusalOf(refused(''), 'stage', name, say)).toContain('follows from quotes and orders')
    expect(refusalOf(new ApiError(409, 'conflict', 'no'), 'stage', name, say)).toBeNull()
  })
})

describe('owners', () => {
  const line = { at: AT, from_id: 'li', from_name: 'Li', to_id: 'wang', to_name: 'Wang', by_id: null, by_name: null, reason: 'left' }
  it('are named by the history', () => {
    expect(ownerNow('wang', [line])).toBe('Wang')
    expect(ownerNow('li', [line])).toBe('Li')
    expect([ownerNow(null, [line]), ownerNow('sun', [line])]).toEqual([null, null])
  })
  it('change for a reason in words, or in those of a person', () => {
    expect(reasonWords('left', texts.te, texts.t)).toBe('the owner left')
    expect(reasonWords('He asked for her', texts.te, texts.t)).toBe('He asked for her')
    expect(reasonWords('', texts.te, texts.t)).toBe('')
  })
})

it.each(LOCALES)('every code has a text in %s', async (locale) => {
  await setLocale(locale)
  const keys = [
    ...CAUSES.map((cause) => `lifecycle.cause.${cause}`),
    ...STAGES.map((stage) => `lifecycle.stage.${stage}`),
    ...STANDINGS.map((standing) => `lifecycle.standing.${standing}`),
    ...['left', 'merged', 'unmerged'].map((reason) => `lifecycle.ownerReason.${reason}`),
  ]
  expect(keys.filter((key) => !texts.te(key))).toEqual([])
  for (const stage of STAGES) expect(comesBy('stage', stage, say)).not.toBe('')
  expect(stateName('loyalty', 'fan', LIFE.steps, locale === 'zh-CN', say)).toBe(locale === 'en' ? 'Fan' : '粉丝')
})
