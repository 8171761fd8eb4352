import { expect, it } from 'vitest'

import type { AgentTarget, QueueTarget } from '@/shared/api/targets'
import { agentTold, queueTold, waitWords } from './target_words'

const QUEUE: QueueTarget = { id: 'q', words: [], waiting: 3, ready: 2, free: 0, takes: true, open: true, wait_low_s: 100, wait_high_s: 290 }
const AGENT: AgentTarget = { id: 'a', name: 'Li', words: [], state: 'ready', reason: null, free: true, held: 1, most: 3 }
const keys = (told: { parts: { key: string }[] }): string[] => told.parts.map((part) => part.key)

it('rounds a likely wait outwards, and never says none', () => {
  expect(waitWords(100, 290)).toEqual({ key: 'transfer.range.minutes', values: { low: 1, high: 5 } })
  expect(waitWords(0, 0)).toEqual({ key: 'transfer.upTo.minutes', values: { high: 1 } })
  expect(waitWords(120, 120)).toEqual({ key: 'transfer.about.minutes', values: { high: 2 } })
  expect(waitWords(4000, 9000)).toEqual({ key: 'transfer.range.hours', values: { low: 1, high: 3 } })
})

it('tells of a queue what matters most: that it is stopped, cannot take it, or how long it takes', () => {
  const stop = { state: 'paused' as const, reason: '', since: '', until: null, by_name: null }
  expect(keys(queueTold(QUEUE, stop))).toEqual(['queueStop.paused'])
  expect(keys(queueTold(undefined, null))).toEqual(['transfer.queue'])
  expect(keys(queueTold({ ...QUEUE, takes: false }, null))).toEqual(['transfer.notTaken'])
  expect(keys(queueTold({ ...QUEUE, open: false }, null))).toEqual(['transfer.waiting', 'transfer.outOfHours'])
  expect(keys(queueTold({ ...QUEUE, ready: 0 }, null))).toEqual(['transfer.waiting', 'transfer.nobodyReady'])
  expect(keys(queueTold({ ...QUEUE, wait_high_s: null }, null))).toEqual(['transfer.waiting'])
  expect(keys(queueTold(QUEUE, null))).toEqual(['transfer.waiting', 'transfer.range.minutes'])
  const free = queueTold({ ...QUEUE, waiting: 0, free: 2 }, null)
  expect([keys(free), free.good]).toEqual([['transfer.freeAgents'], true])
})

it('tells whether a colleague could take it, and how much of the channel they hold', () => {
  expect([keys(agentTold(AGENT, '')), agentTold(AGENT, '').good]).toEqual([['transfer.free', 'transfer.slots'], true])
  expect(keys(agentTold({ ...AGENT, free: false }, ''))).toEqual(['transfer.busy', 'transfer.slots'])
  expect(keys(agentTold({ ...AGENT, free: false, state: 'not_ready' }, 'Break'))).toEqual(['transfer.notReady', 'transfer.slots'])
  expect(keys(agentTold({ ...AGENT, free: false, state: 'offline' }, ''))).toEqual(['state.offline'])
  expect(keys(agentTold({ ...AGENT, most: null, held: null }, ''))).toEqual(['transfer.free'])
})
