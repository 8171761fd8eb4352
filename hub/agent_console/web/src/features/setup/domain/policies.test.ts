import { beforeAll, describe, expect, it } from 'vitest'

import { loadTexts, setLocale } from '@/i18n'
import type { EscalationPart, SlaPolicyPart } from '@/shared/api/setup_types'
import { aQueue, aSetup } from './a_setup'
import { courseOf, deadlinesOf, newEscalation, newPolicy, policyFor, queuesBeside, setAction, setTarget, toldTiers, warnedBefore } from './policies'
import { escalationWords, policyWords, stepWords } from './policy_words'

const policy = (changes: Partial<SlaPolicyPart> = {}): SlaPolicyPart => ({ ...newPolicy({ key: 'gold', zh: '金牌邮件', en: 'Gold mail' }), ...changes })
const step = (changes: Partial<EscalationPart>): EscalationPart => ({ ...newEscalation(), ...changes })
const GOLD_MAIL = { tiers: ['gold'], channels: ['email', 'fax'], first_reply_s: 7200, next_reply_s: null }

describe('an SLA policy', () => {
  it('has the deadlines that are given, in whole seconds', () => {
    const one = policy(GOLD_MAIL)
    expect(deadlinesOf(one)).toEqual(['first_reply'])
    setTarget(one, 'resolution', 90.4)
    setTarget(one, 'first_reply', null)
    expect([deadlinesOf(one), one.resolution_s]).toEqual([['resolution'], 90])
  })

  it('goes by steps in their order, each with what is done then', () => {
    const early = step({ at: 'warning', action: 'raise_priority', to: '', priority: 3 })
    const late = step({ at: 3600 })
    const other = step({ on: 'resolution' })
    const one = policy({ ...GOLD_MAIL, escalations: [late, step({ at: 600 }), early, other] })
    expect(courseOf(one, 'first_reply').map((found) => [found.name, found.at_s, found.acts.length])).toEqual([['warning', 5400, 1], ['breach', 7200, 0], ['late', 7800, 1], ['late', 10_800, 1]])
    expect(courseOf(one, 'resolution')).toEqual([])
  })

  it('that warns only at the end warns never', () => {
    const one = policy({ ...GOLD_MAIL, warn_at: 1 })
    expect([courseOf(one, 'first_reply').map((found) => found.name), warnedBefore(one)]).toEqual([['breach'], []])
    expect(warnedBefore(policy({ first_reply_s: 7200, next_reply_s: 7200, resolution_s: 57_600 }))).toEqual([1800, 14_400])
  })

  it('is the first that fits queue, channel and the tier that agents are shown', () => {
    const setup = aSetup({ sla_policies: [policy({ key: 'gold', tiers: ['gold'], channels: ['email'] }), policy({ key: 'usual', tiers: ['standard'] }), policy({ key: 'rest', queues: ['finance'] })] })
    const found = (queue: string, tier: string, channel: string): string | undefined => policyFor(setup, { queue, tier, channel })?.key
    expect([found('support', 'gold', 'email'), found('support', 'gold', 'phone'), found('finance', 'gold', 'phone'), found('finance', 'low', 'fax')]).toEqual(['gold', undefined, 'rest', 'usual'])
  })

  it('moves contacts elsewhere only, and names no tier that agents are not told of', () => {
    const setup = aSetup({ queues: [aQueue('support'), aQueue('finance')] })
    const keys = (list: { key: string }[]): string[] => list.map((one) => one.key)
    expect(keys(queuesBeside(setup, policy({ queues: ['support'] })))).toEqual(['finance'])
    expect(keys(queuesBeside(setup, policy({ queues: ['support', 'finance'] })))).toEqual(['support', 'finance'])
    expect([keys(toldTiers(setup, [])), keys(toldTiers(setup, ['low']))]).toEqual([['gold', 'standard'], ['gold', 'standard', 'low']])
  })

  it('asks anew for whom where another thing is to be done', () => {
    const one = step({})
    const become = (action: EscalationPart['action']): string => (setAction(one, action, { queue: 'finance', agent: '' }), one.to)
    expect([become('move'), become('assign'), become('notify'), become('raise_priority')]).toEqual(['finance', '', 'supervisors', ''])
  })
})

describe('the sentence of a policy', () => {
  const told = aSetup({ queues: [aQueue('finance', { zh: '财务', en: 'Finance' })] })
  const users = [{ name: 'Li Na', email: 'li@x.test' }]
  const names = (locale: string) => ({ setup: told, users, locale })
  beforeAll(() => loadTexts('setup'))

  it('says for whom, until when, who is told and what is done', async () => {
    await setLocale('en')
    const one = policy({ ...GOLD_MAIL, queues: ['finance'], hours: 'office', escalations: [step({ at: 3600, on: 'first_reply', to: 'LI@x.test' }), step({ at: 'warning', action: 'move', to: 'finance' })] })
    expect(policyWords(one, names('en'))).toBe(
      'Gold customers by E-mail or Fax (Finance): first reply within 2 h, by the hours “office”. 30 min before, who looks after it is told; when it is missed, supervisors too.' +
        ' 1 h after the first reply is missed: Li Na told. At the warning of a deadline: moved to Finance.',
    )
    expect(policyWords(policy({ first_reply_s: null, next_reply_s: null }), names('en'))).toBe('All customers: no deadline yet.')
    expect(policyWords(policy({ warn_at: 1 }), names('en'))).toContain('There is no warning')
    expect(escalationWords(step({ action: 'assign', to: '' }), names('en'))).toBe('When a deadline is missed: held for nobody yet.')
    expect(stepWords(courseOf(one, 'first_reply')[0]!, names('en'))).toBe('who looks after it told, moved to Finance')
    expect(stepWords(courseOf(one, 'first_reply')[2]!, names('en'))).toBe('Li Na told')
  })

  it('says it in Chinese', async () => {
    await setLocale('zh-CN')
    const one = policy({ ...GOLD_MAIL, queues: ['finance'], escalations: [step({ at: 'breach', action: 'raise_priority', to: '', priority: 5 })] })
    expect(policyWords(one, names('zh-CN'))).toBe('金牌客户的邮件或传真（财务）：2 小时内首次回复，按技能组的营业时间。到期前 30 分钟通知负责人；超时后同时通知主管。任一时限超时时：优先级提高到 5。')
  })
})
