import { beforeAll, describe, expect, it } from 'vitest'

import { loadTexts, setLocale } from '@/i18n'
import { aQueue, aSetup } from './a_setup'
import { newAllocationRule, newPlan } from './newcomers'
import { lineWords } from './line_words'
import { keyPath, parsePath, placeOf, placeOfLine, within } from './path'
import { newPolicy } from './policies'
import { problemWords, warningWords } from './problem_words'

describe('the place of a problem', () => {
  it('is read from its path', () => {
    expect(parsePath('queues[1].requires[0].for_s')).toEqual(['queues', 1, 'requires', 0, 'for_s'])
    expect(parsePath('agents."li.na@x.test".skills')).toEqual(['agents', 'li.na@x.test', 'skills'])
  })

  it('has quotes where a key needs them', () => {
    expect(keyPath('hours', 'night-shift')).toBe('hours.night-shift')
    expect(keyPath('hours', 'my hours')).toBe('hours."my hours"')
  })

  it('is a page and what is on it', () => {
    const setup = aSetup()
    expect(placeOf('queues[1].teams', setup)).toEqual({ tab: 'queues', item: 'finance' })
    expect(placeOf('queues[1].overflow[0].queue', setup)).toEqual({ tab: 'overflow', item: 'finance' })
    expect(placeOf('queues', setup)).toEqual({ tab: 'queues', item: '' })
    expect(placeOf('target_s.phone', setup)).toEqual({ tab: 'tiers', item: '' })
    expect(placeOf('hours.office', setup)).toEqual({ tab: 'hours', item: 'office' })
    expect(placeOf('agents."li@x.test".skills', setup)).toEqual({ tab: 'skills', item: 'li@x.test' })
    expect(placeOf('canned[0].queues', setup)).toBeNull()
    expect(placeOf('entry_points[0].queue', setup)).toEqual({ tab: 'points', item: '' })
    expect(placeOf('teams[1].region', setup)).toEqual({ tab: 'teams', item: 'back' })
    setup.allocation.rules.push(newAllocationRule({ key: 'web', zh: '网站', en: 'Web' }, 'front'))
    setup.plans.push(newPlan({ key: 'welcome', zh: '欢迎', en: 'Welcome' }))
    expect(placeOf('allocation.rules[0].when.all[1].is', setup)).toEqual({ tab: 'allocation', item: 'web' })
    expect(placeOf('allocation.absent[0]', setup)).toEqual({ tab: 'allocation', item: '' })
    expect(placeOf('plans[0].within_days', setup)).toEqual({ tab: 'plans', item: 'welcome' })
    expect(placeOf('plans', setup)).toEqual({ tab: 'plans', item: '' })
    expect(placeOf('value.window_days', setup)).toEqual({ tab: 'tiers', item: '' })
    setup.sla_policies.push(newPolicy({ key: 'gold', zh: '金牌', en: 'Gold' }))
    expect(placeOf('sla_policies[0].escalations[1].to', setup)).toEqual({ tab: 'sla', item: 'gold' })
    expect(placeOf('presence.return_s.webchat', setup)).toEqual({ tab: 'presence', item: '' })
    for (const path of ['offer.missed.phone', 'capacity.cost.fax', 'sticky.wait_s.phone', 'profiles.trainee.zh']) expect(placeOf(path, setup)).toEqual({ tab: 'work', item: '' })
    expect(placeOf('privacy.originals', setup)).toEqual({ tab: 'privacy', item: '' })
  })

  it('belongs to a field and to nothing that only begins alike', () => {
    expect(within('queues[1].target_s.phone', 'queues[1]')).toBe(true)
    expect(within('queues[12].teams', 'queues[1]')).toBe(false)
    expect(within('queues[1].hours', 'queues[1].hours')).toBe(true)
    expect(within('target_s_more', 'target_s')).toBe(false)
  })

  it('of a warning is what the line begins with', () => {
    expect(placeOfLine('queue finance: its teams have nobody')).toEqual({ tab: 'queues', item: 'finance' })
    expect(placeOfLine('agent li@x.test: no such user yet')).toEqual({ tab: 'skills', item: 'li@x.test' })
    expect(placeOfLine('sla policy gold: li@x.test is no user yet')).toEqual({ tab: 'sla', item: 'gold' })
    expect(placeOfLine('tier low: x')).toBeNull()
  })
})

describe('the words of the hub', () => {
  beforeAll(() => Promise.all([setLocale('zh-CN'), loadTexts('setup')]))

  it('are said in the language of the screens, and as they came where they are not known', () => {
    expect(problemWords("there is no team 'x'; known: back, front", null)).toBe('没有班组“x”。可选：back, front')
    expect(problemWords("Expected `str` matching regex '^(\\\\+[1-9][0-9]{6,14})?$'", null)).toContain('+862155501000')
    expect(problemWords('is the number of this entry point: callers would come round', null)).toContain('循环')
    expect(problemWords('there is no placeholder {x}; known: none', null)).toBe('此处没有占位符 {x}，可用：无。')
    expect(problemWords('a → b → a help each other in a circle; take one of these overflow rules out', aSetup({ queues: [aQueue('a', { zh: '客户支持' })] }))).toBe('客户支持 → b → 客户支持 互相支援成环：请删去其中一条规则。')
    expect(problemWords("'finance' cannot be retired, 3 contact(s) or callback(s) are still in it: move them", aSetup())).toBe('“finance”里还有 3 个服务请求或回拨，暂不能停用。')
    const held = "'finance' cannot be retired, 4 contact(s) or callback(s) are still in it (2 waiting, 1 waiting for the customer, 1 in quarantine): move them"
    expect(problemWords(held, aSetup())).toBe('“finance”里还有 4 个服务请求或回拨（等待中 2 个、待客户回复 1 个、已隔离 1 个），暂不能停用。')
    expect(problemWords('is the address of an agent who is named already; name each once', null)).toBe('该坐席已经列出，只是邮箱地址的写法不同。')
    const gone = "tier low: 12 customer(s) still have it; agents are shown 'gold' for them, and they are promised its times, until they are given another one"
    expect(warningWords(gone, aSetup())).toBe('还有 12 位客户是等级“基础”：坐席看到的是“金牌”，答复时限也按它计算。')
    const lost = 'entry point shop-chat: identity_keys does not come back, no version holds secrets; write it anew'
    expect(warningWords(lost, aSetup())).toBe('服务入口 shop-chat：identity_keys 不会恢复，任何版本都不保存密钥，请重新填写。')
    expect(problemWords('expected `int` >= 1', null)).toBe('不能小于 1。')
    expect(problemWords('something new', null)).toBe('something new')
    const lacking = 'queue finance: nobody can serve it, no agent of its teams has english ≥ 3 as its last skill step (1) asks; teach somebody, or add one that asks less'
    expect(warningWords(lacking, aSetup())).toBe('“finance”目前无人可受理：其班组没有坐席达到 英语 ≥ 3。')
    const skills = [...aSetup().skills, { key: 'repair', zh: '维修', en: 'Repair', language: '' }]
    const both = 'queue finance: nobody can serve it, no agent of its teams has english ≥ 3, repair ≥ 2 together as its last skill step (1) asks; teach somebody'
    expect(warningWords(both, aSetup({ skills }))).toBe('“finance”目前无人可受理：其班组没有坐席同时达到 英语 ≥ 3、维修 ≥ 2。')
    const each = 'queue finance: nobody can serve it, no agent of its teams has english ≥ 3, repair ≥ 2 as its last skill step (1) asks; teach somebody'
    expect(warningWords(each, aSetup({ skills }))).toBe('“finance”目前无人可受理：其班组没有坐席达到 英语 ≥ 3、维修 ≥ 2。')
    expect(warningWords('something new', aSetup())).toBe('something new')
    expect(lineWords('teams of queue finance', aSetup(), 'zh-CN')).toBe('finance的班组')
    expect(lineWords('tier gold', aSetup(), 'zh-CN')).toBe('客户等级 金牌')
    expect(lineWords('rules of the contact queue', aSetup(), 'zh-CN')).toBe('排队规则')
    expect(lineWords('whatever', aSetup(), 'zh-CN')).toBe('whatever')
  })
})
