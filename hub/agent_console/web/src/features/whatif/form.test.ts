import { describe, expect, it } from 'vitest'

import type { Choices } from '@/shared/api/whatif_types'
import { dayAfter, periodBody, periodFault, periodForm, replayBody, staffFault, targetFault, targetsNow } from './form'

const choices: Choices = {
  zone: 'Asia/Shanghai',
  today: '2026-03-11',
  first_day: '2026-02-10',
  tiers: [{ id: 'gold', zh: '金牌', en: 'Gold' }],
  queues: [
    { id: 'support', zh: '支持', en: 'Support', targets: { phone: { gold: 10 }, email: { gold: 3600 } } },
    { id: 'sales', zh: '销售', en: 'Sales', targets: { phone: { gold: 15 } } },
  ],
  teams: [],
  skills: [],
  agents: [],
  more_agents: false,
  live_channels: ['phone'],
  most_days: 31,
}

describe('the form of the what-if', () => {
  it('asks about yesterday in the hub’s zone unless told otherwise', () => {
    const form = periodForm(choices)
    expect(periodBody(form, choices)).toEqual({ first: '2026-03-10', last: '2026-03-10' })
    expect(dayAfter('2026-02-28', 1)).toBe('2026-03-01')
  })

  it('forecasts a day by a share of the volume', () => {
    const form = { ...periodForm(choices), kind: 'forecast' as const, day: '2026-03-16', volume: 120 }
    expect(periodBody(form, choices)).toEqual({ forecast: { day: '2026-03-16', weeks: 4, volume: 1.2 } })
  })

  it.each([
    ['2026-03-09', '2026-03-08', 'backwards'],
    ['2026-03-12', '2026-03-12', 'future'],
    ['2026-02-01', '2026-03-03', ''],
    ['2026-02-01', '2026-03-04', 'long'],
    ['', '2026-03-04', 'noDay'],
  ])('says what is wrong with %s to %s', (first, last, fault) => {
    expect(periodFault({ ...periodForm(choices), kind: 'days', first, last }, choices)).toBe(fault)
  })

  it('names queue or team, whatever their keys hold', () => {
    const rows = ['queue:a:b', 'team:front'].map((place) => ({ count: 2, place, begins: '', ends: '' }))
    expect(replayBody({}, rows, [], [], 10).staff.map((one) => [one.queue, one.team])).toEqual([
      ['a:b', ''],
      ['', 'front'],
    ])
  })

  it.each([
    [{ count: 0 }, 'count'],
    [{ count: 1.5 }, 'count'],
    [{ place: '' }, 'place'],
    [{ begins: '09:00' }, 'hours'],
    [{ begins: '09:00', ends: '09:00' }, 'hours'],
    [{ begins: '22:00', ends: '06:00' }, ''],
    [{}, ''],
  ])('says what is missing in a row of staff %j', (part, fault) => {
    expect(staffFault({ count: -1, place: 'queue:support', begins: '', ends: '', ...part })).toBe(fault)
  })

  it('shows today’s targets, of one queue or of all', () => {
    expect(targetsNow(choices, { tier: 'gold', channel: 'phone', queue: '' })).toEqual([10, 15])
    expect(targetsNow(choices, { tier: 'gold', channel: 'email', queue: '' })).toEqual([3600])
    expect(targetFault({ tier: 'gold', channel: 'phone', queue: '', seconds: 0 })).toBe('seconds')
  })
})
