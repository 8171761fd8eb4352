import { expect, it } from 'vitest'

import { aSetup } from './a_setup'
import { allocatedBy, leastDays, minutesOf, newAllocationRule, newPlan, receiverOf, ruleProblems, secondsOf, setReceiver } from './newcomers'

const NAMED = { key: 'web', zh: '网站', en: 'Web' }

it('a rule gives to a team or to a user, never to both', () => {
  const rule = newAllocationRule(NAMED, 'front')
  expect([receiverOf(rule), rule.team, rule.user]).toEqual(['team:front', 'front', null])
  setReceiver(rule, 'user:li@x.test')
  expect([receiverOf(rule), rule.team, rule.user]).toEqual(['user:li@x.test', null, 'li@x.test'])
  setReceiver(rule, '')
  expect([receiverOf(rule), rule.team, rule.user]).toEqual(['', null, null])
  expect(receiverOf(newAllocationRule(NAMED, ''))).toBe('')
})

it('times are whole minutes', () => {
  expect([secondsOf(240), minutesOf(14_400), minutesOf(89)]).toEqual([14_400, 240, 1])
})

it('a plan takes as long as its steps', () => {
  const plan = newPlan(NAMED)
  expect(leastDays(plan)).toBe(0)
  plan.steps.push(NAMED, { ...NAMED, key: 'visit' })
  expect(leastDays(plan)).toBe(14)
})

it('problems of a rule are told by the place in it', () => {
  const path = 'allocation.rules[1].when'
  expect(ruleProblems([{ path: `${path}.all[0].is`, message: 'a' }, { path, message: 'b' }], path, (one) => one.message.toUpperCase())).toEqual([
    { path: 'rule.all[0].is', message: 'A' },
    { path: 'rule', message: 'B' },
  ])
})

it('hours that a rule goes by are in use', () => {
  const setup = aSetup()
  setup.allocation.rules.push({ ...newAllocationRule(NAMED, 'front'), hours: 'office' })
  expect([allocatedBy(setup, 'office').length, allocatedBy(setup, 'night').length]).toEqual([1, 0])
})
