import { expect, it } from 'vitest'

import en from '@/i18n/reading/en.json'
import zh from '@/i18n/reading/zh-CN.json'
import type { InvitedEvent, InvitedMoment, InvitedRule } from '@/shared/api/reading'
import { repeatsOf, thereOf, timesOf, whenOf, type Say } from './invitation_words'

/** The texts of a language, as the console says them. */
function words(texts: typeof en): Say {
  return (key, named, plural = 1) => {
    const text = key.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], texts.reading.invite) as string
    const forms = text.split(' | ')
    return Object.entries({ ...named }).reduce((said, [name, value]) => said.replace(`{${name}}`, String(value)), forms[plural === 1 ? 0 : forms.length - 1] ?? '')
  }
}
const rule = (changes: Partial<InvitedRule>): InvitedRule => ({ frequency: 'weekly', interval: 1, count: null, until: null, by_day: [], by_month_day: [], by_month: [], plain: true, ...changes })
const event = (start: InvitedMoment, end: InvitedMoment | null, allDay = false): Pick<InvitedEvent, 'start' | 'end' | 'all_day'> => ({ start, end, all_day: allDay })

it('tells a moment in the reader’s zone, and beside it the time there', () => {
  const start = { at: '2026-03-02T01:00:00Z', local: '2026-03-02T09:00', zone: 'Asia/Shanghai' }
  const end = { at: '2026-03-02T02:00:00Z', local: '2026-03-02T10:00', zone: 'Asia/Shanghai' }
  expect(whenOf(event(start, end), 'en', 'Europe/Berlin')).toMatch(/Mon, Mar 2, 2026.*02:00.*03:00.*GMT\+1/u)
  expect(thereOf(start, 'en', 'Europe/Berlin')).toContain('09:00')
  expect(thereOf(start, 'en', 'Asia/Shanghai')).toBe('')
})

it('tells days, and times of no known zone, as they are written, in whatever zone', () => {
  const days = event({ at: null, local: '2026-03-02', zone: '' }, { at: null, local: '2026-03-03', zone: '' }, true)
  expect(whenOf(days, 'en', 'America/New_York')).toMatch(/Mar 2.*Mar 3, 2026/u)
  expect(whenOf(event({ at: null, local: '2026-03-02T09:00', zone: 'Office' }, null), 'en', 'America/New_York')).toContain('09:00')
})

it.each([
  [rule({ by_day: ['MO', 'WE'] }), 'Every week, on Monday and Wednesday', '每周，星期一和星期三'],
  [rule({ interval: 2, count: 5 }), 'Every 2 weeks, 5 times', '每 2 周，共 5 次'],
  [rule({ frequency: 'monthly', by_day: ['-1FR'], until: '2026-06-01' }), 'Every month, on the last Friday, until Jun 1, 2026', '每月，最后一个星期五，至 2026年6月1日'],
  [rule({ frequency: 'yearly', by_month: [3], by_month_day: [5] }), 'Every year, on day 5, in March', '每年，5 日，三月'],
  [rule({ plain: false }), 'Repeats by a rule of its own: see the calendar file', '按特殊规则重复，详见日程文件'],
  [rule({ by_day: ['17MO'] }), 'Repeats by a rule of its own: see the calendar file', '按特殊规则重复，详见日程文件'],
])('says how it repeats, in both languages', (one, english, chinese) => {
  expect(repeatsOf(one, words(en), 'en')).toBe(english)
  expect(repeatsOf(one, words(zh as typeof en), 'zh-CN')).toBe(chinese)
})

it('lists the times that a series leaves out, and how many more there are', () => {
  const times = ['2026-03-09', '2026-03-16'].map((local) => ({ at: null, local, zone: '' }))
  expect(timesOf(times, 2, words(en), 'en')).toBe('Mon, Mar 9, 2026 and Mon, Mar 16, 2026')
  expect(timesOf(times, 5, words(zh as typeof en), 'zh-CN')).toContain('另外 3 次')
})
