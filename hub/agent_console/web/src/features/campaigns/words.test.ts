import { describe, expect, it } from 'vitest'

import { ApiError } from '@/shared/api/http'
import { bodyOf, draftOf, emptyDraft, fill, keyOf, nextArm, problemsOf, rateWords } from './words'

const NOW = Date.UTC(2026, 2, 10, 6)

describe('what is typed of a campaign', () => {
  it('is sent without the languages that were left empty', () => {
    const draft = emptyDraft('mail', NOW)
    draft.arms[0]!.texts['en'] = { subject: 'Hello', text: 'Our offer' }
    const body = bodyOf(draft, 'spring')
    expect(Object.keys(body.arms[0]!.texts)).toEqual(['en'])
    expect(body.arms[1]).toMatchObject({ holdout: true, texts: {} })
    expect(body.starts_at).toBeNull()
    expect(body.survey_key).toBeNull()
    expect(bodyOf({ ...draft, purpose: 'survey' }, 'spring').survey_key).toBe('spring')
  })

  it('is for the group or the list, whichever is chosen; only what is sent has one of them', () => {
    const both = { ...emptyDraft('mail', NOW), group_key: 'gold', customer_ids: ['c'] }
    expect(bodyOf({ ...both, by: 'group' }, 'k')).toMatchObject({ group_key: 'gold', customer_ids: [] })
    expect(bodyOf({ ...both, by: 'list' }, 'k')).toMatchObject({ group_key: null, customer_ids: ['c'] })
    expect(bodyOf(both, 'k')).not.toHaveProperty('by')
    expect([both.group_key, both.customer_ids]).toEqual(['gold', ['c']])
  })

  it('is what was kept, when it is opened again', () => {
    const body = bodyOf(emptyDraft('mail', NOW), 'spring')
    const line = { ...body, key: 'spring', channel: 'email', state: 'draft' as const, started_at: null, finished_at: null, made_by_name: null, people: {}, starts_at: body.ends_at }
    const again = draftOf({ ...body, line, filling: false, paused_why: null })
    expect(Object.keys(again.arms[0]!.texts)).toEqual(['zh-CN', 'en'])
    expect(again.arms[1]!.texts).toEqual({})
    expect(again.by).toBe('group')
    expect(draftOf({ ...body, line, filling: false, paused_why: null, customer_ids: ['c'] }).by).toBe('list')
  })

  it('has a key that can stand in an address', () => {
    expect(keyOf('Spring & Summer!', NOW)).toMatch(/^spring-summer-[a-z0-9]{6}$/u)
    expect(keyOf('春季', NOW)).toMatch(/^campaign-[a-z0-9]{6}$/u)
    expect(nextArm([{ key: 'a', share: 1, holdout: false, texts: {} }])).toBe('b')
  })
})

it('fills placeholders once: what stands in a name is none', () => {
  expect(fill('Dear {name}, {other} {sender}', '{sender}', 'Shop')).toBe('Dear {sender}, {other} Shop')
})

it('says a rate with its interval, or nothing', () => {
  expect(rateWords({ good: 1, rate: 0.25, low: 0.1, high: 0.5 }, 'en')).toBe('25% (10%–50%)')
  expect(rateWords({ good: 1, rate: null, low: null, high: null }, 'en')).toBeNull()
})

describe('a refusal', () => {
  const say = (key: string): string => key
  const has = (key: string): boolean => key === 'campaigns.wrong.arms_texts' || key === 'campaigns.error.nobody'
  it('is said once for each kind of place', () => {
    const body = { problems: [{ path: 'arms[0].texts.en' }, { path: 'arms[1].texts' }, { path: 'new' }] }
    const error = new ApiError(422, 'campaign.wrong', 'no', body)
    expect(problemsOf(error, say, has, String)).toEqual(['campaigns.wrong.arms_texts', 'campaigns.wrong.other'])
  })
  it('is said by its code, else as usual', () => {
    expect(problemsOf(new ApiError(409, 'campaign.nobody', ''), say, has, () => 'usual')).toEqual(['campaigns.error.nobody'])
    expect(problemsOf(new ApiError(409, 'other', ''), say, has, () => 'usual')).toEqual(['usual'])
  })
})
