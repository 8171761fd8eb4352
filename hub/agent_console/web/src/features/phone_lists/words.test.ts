import { describe, expect, it } from 'vitest'

import { ApiError } from '@/shared/api/http'
import type { PhoneList } from '@/shared/api/phone_lists'
import { bodyOf, decidedOf, draftOf, emptyDraft, heldOutOf, holdOut, keyOf, numbersOf, problemsOf, weekdays } from './words'

const NOW = Date.UTC(2026, 10, 30, 6)
const kept = (more: Partial<PhoneList> = {}): PhoneList => {
  const { zh, en, purpose, mode, queue_id, version, starts_at, ends_at, ...terms } = bodyOf({ ...emptyDraft('line', 'sales', NOW), zh: '秋检', en: 'Check-up' })
  const line = { key: 'k', zh, en, purpose, mode, queue_id, version, ends_at, starts_at: starts_at ?? ends_at, state: 'draft' as const, started_at: null, finished_at: null, made_by_name: null, people: {} }
  return { ...terms, line, filling: false, paused_why: null, dials_itself: false, asks_first: 'notice', ...more }
}

describe('what is typed of a phone list', () => {
  it('is sent with days as numbers, gaps in seconds, and none that was left empty', () => {
    const body = bodyOf({ ...emptyDraft('line', 'sales', NOW), days: ['5', '1'], gaps: { busy: 20, machine: '' } })
    expect(body).toMatchObject({ days: [1, 5], gaps: { busy: 1200 }, starts_at: null, material: null })
    expect(body).not.toHaveProperty('by')
  })

  it('is what was kept, when it is opened again and sent', () => {
    const one = kept({ gaps: { no_answer: 7200 }, days: [2], customer_ids: ['c'], abandon_permille: 12 })
    const again = draftOf(one)
    expect([again.by, again.gaps, again.days]).toEqual(['list', { no_answer: 120 }, ['2']])
    expect(bodyOf(again)).toMatchObject({ gaps: { no_answer: 7200 }, days: [2], customer_ids: ['c'], group_key: null, abandon_permille: 12 })
    expect(bodyOf(again)).not.toHaveProperty('dials_itself')
    expect(bodyOf(again)).not.toHaveProperty('asks_first')
  })

  it('is for the group or the list, whichever is chosen', () => {
    const both = { ...emptyDraft('line', 'sales', NOW), group_key: 'gold', customer_ids: ['c'] }
    expect(bodyOf({ ...both, by: 'group' })).toMatchObject({ group_key: 'gold', customer_ids: [] })
    expect(bodyOf({ ...both, by: 'list' })).toMatchObject({ group_key: null, customer_ids: ['c'] })
  })

  it('leaves a share out to compare, and the rest is called', () => {
    const draft = emptyDraft('line', 'sales', NOW)
    expect(heldOutOf(draft)).toBe(0)
    const arms = holdOut(draft, 15)
    expect(arms.map((arm) => [arm.share, arm.holdout])).toEqual([[85, false], [15, true]])
    expect([heldOutOf({ arms }), holdOut({ arms }, 0)]).toEqual([15, [{ key: 'all', share: 100, holdout: false }]])
    expect(heldOutOf({ arms: [{ key: 'a', share: 50, holdout: false }, { key: 'b', share: 50, holdout: false }] })).toBeNull()
  })

  it('has a key that can stand in an address', () => {
    expect([keyOf('Autumn & check-up', NOW), keyOf('秋检', NOW)]).toEqual([expect.stringMatching(/^autumn-check-up-[a-z0-9]{6}$/u), expect.stringMatching(/^list-[a-z0-9]{6}$/u)])
  })
})

it('counts as finished who is not called any more, for whatever reason', () => {
  expect(decidedOf({ due: 5, queued: 1, calling: 2, done: 3, given_up: 1, suppressed: 4, held_out: 2 })).toBe(10)
})

it('names the days of a week that begins on Monday', () => {
  expect(weekdays('en').map((one) => one.label)).toEqual(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])
  expect(weekdays('zh-CN')[6]).toEqual({ value: '7', label: '周日' })
})

it('takes numbers by line and by comma, each once', () => {
  expect(numbersOf(' 138 0013 8000\n+44 20 7946 0000，138 0013 8000;\n\n')).toEqual(['138 0013 8000', '+44 20 7946 0000'])
})

describe('a refusal', () => {
  const has = (key: string): boolean => ['phone_lists.wrong.gaps', 'phone_lists.error.nobody'].includes(key)
  it('is said once for each place that is wrong', () => {
    const error = new ApiError(422, 'phone_list.wrong', 'no', { problems: [{ path: 'gaps.busy' }, { path: 'gaps' }, { path: 'new' }] })
    expect(problemsOf(error, String, has, String)).toEqual(['phone_lists.wrong.gaps', 'phone_lists.wrong.other'])
  })
  it('is said by its code, else as usual', () => {
    expect(problemsOf(new ApiError(409, 'phone_list.nobody', ''), String, has, () => 'usual')).toEqual(['phone_lists.error.nobody'])
    expect(problemsOf(new ApiError(409, 'other', ''), String, has, () => 'usual')).toEqual(['usual'])
  })
})
