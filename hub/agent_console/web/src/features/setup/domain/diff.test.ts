import { beforeAll, describe, expect, it } from 'vitest'

import { loadTexts, setLocale } from '@/i18n'
import { aQueue, aReason, aSetup } from './a_setup'
import { ChangeWords } from './change_words'
import { detailWords } from './detail_words'
import { differences, sameValue } from './diff'
import { newAllocationRule, newPlan } from './newcomers'
import { addTier, moveTier, removeTier } from './tiers'

const said = (before: ReturnType<typeof aSetup>, after: ReturnType<typeof aSetup>): string[] => {
  const words = new ChangeWords([before, after], 'en')
  return differences(before, after).map((one) => `${words.where(one)}: ${words.what(one)}`)
}

describe('what differs between two set-ups', () => {
  beforeAll(() => Promise.all([setLocale('en'), loadTexts('setup')]))

  it('is nothing where they are the same, whatever the order of keys', () => {
    expect(differences(aSetup(), aSetup())).toEqual([])
    expect(sameValue({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 })).toBe(true)
    expect(sameValue({ a: 1 }, { a: 1, b: undefined })).toBe(false)
  })

  it('names the field and both values', () => {
    const after = aSetup()
    after.target_s['phone']![0] = 20
    after.queues[1]!.hours = 'office'
    after.default_tier = 'gold'
    expect(said(aSetup(), after)).toEqual(['Usual tier: Standard → Gold', 'Answer targets · Phone · Gold: 10 s → 20 s', 'Queue · finance · Hours: default → office'])
  })

  it('a tier that moves is one change, not one for each target', () => {
    const after = aSetup({ queues: [aQueue('support', { target_s: { phone: [1, 2, 3] } })] })
    const before = structuredClone(after)
    moveTier(after, 2, 0)
    expect(said(before, after)).toEqual(['Tiers: another order'])
  })

  it('a tier that comes or goes is one change, with its targets', () => {
    const [more, fewer] = [aSetup(), aSetup()]
    addTier(more, { key: 'new', zh: '新', en: 'New', chip: true, agents_see: '' })
    removeTier(fewer, 0)
    expect(said(aSetup(), more)).toEqual(['Tier · New: added'])
    expect(said(aSetup(), fewer)).toEqual(['Tier · Gold: removed'])
  })

  it('what is new or gone is one change', () => {
    const after = aSetup({ queues: [aQueue('support'), aQueue('repair')] })
    expect(said(aSetup(), after)).toEqual(['Queue · repair: added', 'Queue · finance: removed'])
  })

  it('grades of agents are told one by one', () => {
    const before = aSetup({ agents: { 'li@x.test': { profile: '', skills: { english: 4 } } } })
    const after = aSetup({ agents: { 'li@x.test': { profile: 'trainee', skills: { english: 5 } } } })
    expect(said(before, after)).toEqual(['Agents · li@x.test · Profile: none → trainee', 'Agents · li@x.test · Skills · English: 4 → 5'])
  })

  it('rules of new customers and plans are told by their names, what they ask in words', async () => {
    await Promise.all([loadTexts('rules'), loadTexts('value')])
    const [before, after] = [aSetup(), aSetup()]
    const web = newAllocationRule({ key: 'web', zh: '网站', en: 'Web' }, 'front')
    before.allocation.rules = [{ ...web, when: { field: 'tier', is: ['gold'] } }, { ...web, key: 'rest', en: 'Rest' }]
    after.allocation.rules = [{ ...web, key: 'rest', en: 'Rest', team: 'back', by: 'round_robin', touch_within_minutes: 60 }, { ...web, when: { all: [{ field: 'orders', below: 1 }] } }]
    expect(said(before, after)).toEqual([
      'New customers · Rules · Rest · Team: Front desk → Back office',
      'New customers · Rules · Rest · Whose turn it is: fewest new customers → in turn',
      'New customers · Rules · Rest · Time to the first touch: 4 h → 1 h',
      'New customers · Rules · Web · For whom: tier is Gold → orders below 1',
      'New customers · Rules: another order',
    ])
    const plan = { ...newPlan({ key: 'welcome', zh: '欢迎', en: 'Welcome' }), steps: [{ key: 'call', zh: '电话', en: 'Call' }] }
    expect(said(aSetup(), aSetup({ plans: [plan] }))).toEqual(['Plan · Welcome: added'])
    const longer = { ...plan, owner: 'supervisor' as const, steps: [...plan.steps, { key: 'visit', zh: '拜访', en: 'Visit' }] }
    expect(said(aSetup({ plans: [plan] }), aSetup({ plans: [longer] }))).toEqual(['Plan · Welcome · Steps · Visit: added', 'Plan · Welcome · Whose job it is: who looks after the customer → their supervisor'])
    const older = { ...aSetup(), plans: undefined, allocation: undefined, value: undefined } as unknown as ReturnType<typeof aSetup>
    expect(said(older, aSetup({ plans: [plan] })).at(-1)).toBe('Plans: added')
    const detail = { path: 'allocation.rules.web.when.all', before: JSON.stringify([{ field: 'orders', below: 1 }]), after: JSON.stringify([{ field: 'best', is: true }]) }
    expect(detailWords([detail, { path: 'plans.welcome', before: null, after: '{}' }], after, 'en').map((one) => `${one.kind}: ${one.where}: ${one.what}`)).toEqual([
      'changed: New customers · Rules · Web · For whom: orders below 1 → one of the best',
      'added: Plan · welcome: added',
    ])
  })

  it('what the hub tells of a version is said in the same words', () => {
    const detail = (path: string, before: unknown, after: unknown) => ({ path, before: before === undefined ? null : JSON.stringify(before), after: after === undefined ? null : JSON.stringify(after) })
    const told = detailWords(
      [
        detail('target_s.phone', [10, 40, 60], [20, 40, 60]),
        detail('queues.support', undefined, { key: 'support' }),
        detail('agents.li.na@x.test.skills.english', 3, undefined),
        { path: 'queues.support.en', before: '"Support', after: '"Help"' },
      ],
      aSetup(),
      'en',
    )
    expect(told.map((one) => `${one.kind}: ${one.where}: ${one.what}`)).toEqual([
      'changed: Answer targets · Phone · Gold: 10 s → 20 s',
      'added: Queue · support: added',
      'changed: Agents · li.na@x.test · Skills · English: removed',
      'changed: Queue · support · Name in English: "Support → Help',
    ])
    expect(detailWords([detail('tiers.order', ['a'], ['b']), detail('target_s.phone', [1, 2, 3], [2, 1, 3])], aSetup(), 'en').map((one) => one.what)).toEqual(['another order', '1 s / 2 s / 3 s → 2 s / 1 s / 3 s'])
  })

  it('tells a reason that stands elsewhere as moved, with what changed in it', () => {
    const before = aSetup({ reasons: [aReason('repair', [aReason('visit', [aReason('late')])]), aReason('order')] })
    const after = aSetup({ reasons: [aReason('repair'), aReason('order', [aReason('visit', [aReason('late', [], { en: 'Later' })], { code: 'repair/visit' })])] })
    expect(differences(before, after)).toEqual([
      { path: ['reasons', 'order', 'children', 'visit', 'place'], kind: 'changed', before: 'repair/visit', after: 'order/visit' },
      { path: ['reasons', 'order', 'children', 'visit', 'children', 'late', 'en'], kind: 'changed', before: 'late', after: 'Later' },
    ])
  })
})
