import { describe, expect, it } from 'vitest'

import { dayOf, readSearch, without, type Names } from './operators'

const NAMES: Names = {
  tiers: [{ id: 'gold', names: ['Gold', '金牌'] }, { id: 'standard', names: ['Standard', '普通'] }],
  queues: [{ id: 'support', names: ['After sales', '售后'] }],
  agents: [{ id: 'u1', names: ['Li Na'] }],
  tags: [{ id: 'vip', names: ['Very important', '贵宾'] }],
}
const NOW = new Date(2026, 4, 20, 15, 0)
const read = (typed: string) => readSearch(typed, NAMES, NOW)

describe('a search as it is typed', () => {
  it('is words where it has no operators', () => {
    expect(read('leaking  pipe')).toEqual({ filter: {}, text: 'leaking pipe', unknown: [], parts: [] })
  })

  it('names channels, tiers, queues, states and agents in both languages', () => {
    expect(read('channel:mail tier:gold queue:"After sales" state:open agent:"Li Na" leak').filter).toEqual({
      channels: ['email'],
      tiers: ['gold'],
      queues: ['support'],
      states: ['queued', 'offered', 'connecting', 'active', 'hold', 'parked', 'wrap_up'],
      agent: 'u1',
    })
    expect(read('渠道：邮件 等级:金牌 技能组:售后 状态：等待 坐席:我').filter).toEqual({
      channels: ['email'],
      tiers: ['gold'],
      queues: ['support'],
      states: ['queued', 'offered'],
      agent: 'me',
    })
  })

  it('names tags, of several those with any', () => {
    expect(read('tag:vip 标签:贵宾 label:"very imp"').filter).toEqual({ tags: ['vip'] })
    expect(read('tag:gone').unknown).toEqual(['tag:gone'])
  })

  it('finds a phrase, files and who waits for an answer', () => {
    expect(read('"exact phrase" has:attachment is:unanswered').filter).toEqual({ phrase: 'exact phrase', attachment: true, unanswered: true })
    expect(read('“一模一样” 有:附件 是:未回复').filter).toEqual({ phrase: '一模一样', attachment: true, unanswered: true })
  })

  it('tells what it does not understand, and does not look for it', () => {
    const found = read('tier:silver state:asleep after:2026-02-31 ok')
    expect([found.filter, found.text, found.unknown]).toEqual([{}, 'ok', ['tier:silver', 'state:asleep', 'after:2026-02-31']])
  })

  it('leaves what only looks like an operator to the words', () => {
    expect(read('https://shop.test 12:30 note:').text).toBe('https://shop.test 12:30 note:')
  })

  it('reads days', () => {
    expect(dayOf('yesterday', NOW)).toEqual(new Date(2026, 4, 19))
    expect(dayOf('7天', NOW)).toEqual(new Date(2026, 4, 13))
    expect(dayOf('2026/5/1', NOW)).toEqual(new Date(2026, 4, 1))
    expect(dayOf('2026-13-01', NOW)).toBe(null)
  })

  it('can be widened by one of its operators', () => {
    expect(without('from:wang tier:gold leak', 'tier:gold')).toBe('from:wang leak')
  })

  it('ends for hostile text as well', () => {
    expect(read(`${'"'.repeat(5_000)}${':'.repeat(5_000)}`).filter).toEqual({})
  })
})
