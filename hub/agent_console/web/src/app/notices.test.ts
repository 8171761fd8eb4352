import { createPinia, setActivePinia } from 'pinia'
import { beforeAll, expect, it } from 'vitest'

import { setLocale } from '@/i18n'
import type { NoticeFrame } from '@/shared/api/frames'
import { messageOfNotice } from './notices'

const lost = (detail: string): string => messageOfNotice({ code: 'delivery_failed', detail } as NoticeFrame)

beforeAll(async () => {
  setActivePinia(createPinia())
  await setLocale('en')
})

it('tells what the gateway said about a fax, and never the code', () => {
  expect(lost('fax_busy: Busy signal detected')).toBe('A message was not delivered: Busy signal detected')
  expect(lost('fax_not_delivered: ')).toBe('A message was not delivered')
  expect(lost('550 no such user')).toBe('A message was not delivered: 550 no such user')
})

it('keeps a figure as it is beside a name that is written from right to left', async () => {
  const back = (detail: string): string => messageOfNotice({ code: 'recovery_given', detail } as NoticeFrame)
  await setLocale('zh-CN')
  expect(back('徐静 · 2 / 5')).toBe('有一位不满意的客户需要您挽回：徐静 · 2 / 5')
  expect(back('يوسف الحداد · 2 / 5')).toBe('有一位不满意的客户需要您挽回：\u2068يوسف الحداد\u2069 · \u20682 / 5\u2069')
})
