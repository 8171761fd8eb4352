import { beforeAll, describe, expect, it } from 'vitest'

import { loadTexts, setLocale } from '@/i18n'
import { aQueue, aReason, aSetup } from './a_setup'
import { ChangeWords } from './change_words'
import { detailWords } from './detail_words'
import { differences, sameValue } from './diff'
import { newAllocationRule, newPlan } from './newcomers'
import { newEscalation, newPolicy } from './policies'
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

  it('says what an SLA policy does now, also from a version of which the end was cut', () => {
    const named = { key: 'gold', zh: '金牌', en: 'Gold mail' }
    const before = aSetup({ sla_policies: [newPolicy(named)] })
    const after = aSetup({ sla_policies: [{ ...newPolicy(named), tiers: ['gold'], channels: ['email'], hours: 'office', warn_at: 0.9, first_reply_s: 7200, next_reply_s: null, escalations: [{ ...newEscalation(), at: 3600, on: 'first_reply' }] }] })
    const steps = '1 h after the first reply is missed: supervisors told.'
    const found = said(before, after)
    expect(found).toHaveLength(7)
    expect(found).toEqual(
      expect.arrayContaining([
        'SLA policy · Gold mail · Tiers: any → Gold',
        'SLA policy · Gold mail · Channels: any → E-mail',
        'SLA policy · Gold mail · First reply within: 4 h → 2 h',
        'SLA policy · Gold mail · Next reply within: 8 h → no deadline',
        'SLA policy · Gold mail · Hours: the queue’s → office',
        'SLA policy · Gold mail · Warned when so much is used: 75% → 90%',
        `SLA policy · Gold mail · Escalations: none → ${steps}`,
      ]),
    )
    const path = 'sla_policies.gold.escalations'
    const whole = JSON.stringify(after.sla_policies[0]!.escalations)
    expect(detailWords([{ path, before: '[]', after: whole }], after, 'en')[0]).toMatchObject({ where: 'SLA policy · Gold mail · Escalations', what: `none → ${steps}` })
    expect(detailWords([{ path, before: whole, after: `${whole.slice(0, 30)}…` }], after, 'en')[0]!.what).toBe(`${steps} → several steps`)
    expect(detailWords([{ path: 'sla_policies.gold', before: null, after: '{}' }], after, 'en')[0]).toEqual({ kind: 'added', where: 'SLA policy · Gold mail', what: 'added' })
  })

  it('says presence, offers, talks and privacy in the words of their pages', () => {
    const after = aSetup()
    after.presence.return_s['webchat'] = 90
    after.presence.supervisors_read_unseen = false
    after.offer.missed['phone'] = 3
    after.next_reply_s['webchat'] = { warn: 60, late: 180 }
    after.privacy.originals = 'admin'
    expect(said(aSetup(), after).sort()).toEqual([
      'Offers · Not ready after missing · Phone: 1 → 3',
      'Presence · Contacts go back to the queue after · Web chat: 1 min → 1 min 30 s',
      'Presence · Supervisors read unseen: yes → no',
      'Privacy · Originals are for: supervisors and administrators → administrators only',
      'While somebody talks with the customer · Web chat · Late after: 2 min → 3 min',
    ])
  })

  it('says how long things are kept, without end and as for all', () => {
    const before = aSetup()
    before.queues[1]!.keep.mails_days = 3650
    const after = aSetup()
    Object.assign(after.privacy.keep, { deletes: true, faxes_days: 0 })
    expect(said(before, after).sort()).toEqual([
      'Privacy · How long it is kept · Delete what was kept long enough: no → yes',
      'Privacy · How long it is kept · Faxes, days: 1095 → without end',
      'Queue · finance · How long it is kept · E-mails, days: 3650 → as for all',
    ])
  })

  it('names the field and both values', () => {
    const after = aSetup()
    after.target_s['phone']![0] = 20
    after.queues[1]!.hours = 'office'
    after.default_tier = 'gold'
    expect(said(aSetup(), after)).toEqual(['Usual tier: Standard → Gold', 'Answer targets · Phone · Gold: 10 s → 20 s', 'Queue · finance · Hours: Usual hours → office'])
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

  it('hours that got a name are the same week, and are called by it from then on', () => {
    const before = aSetup({ hours: { default: '24x7', office: 'Mon-Fri 09:00-18:00' }, queues: [aQueue('support')] })
    const named = { week: 'Mon-Fri 09:00-18:00', zone: '', calendar: '', zh: '办公时间', en: 'Office hours' }
    const after = aSetup({ hours: { default: '24x7', office: named }, profiles: { trainee: { webchat: 1, zh: '新人', en: 'Trainee' } }, queues: [aQueue('support', { hours: 'office' })] })
    expect(said(before, after)).toEqual([
      'Queue · support · Hours: Usual hours → Office hours',
      'Hours · Office hours · Name in Chinese: none → 办公时间',
      'Hours · Office hours · Name in English: none → Office hours',
      'Kinds of agents · Trainee · Name in Chinese: 新人',
      'Kinds of agents · Trainee · Name in English: Trainee',
    ])
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
