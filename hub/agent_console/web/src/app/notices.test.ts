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
