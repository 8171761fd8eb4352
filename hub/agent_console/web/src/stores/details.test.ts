import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'

import * as api from '@/shared/api/desk'
import type { ContactDetail } from '@/shared/api/types'
import { useDetails } from './details'

const answers: ((subject: string) => void)[] = []

beforeEach(() => {
  setActivePinia(createPinia())
  answers.length = 0
  vi.spyOn(api, 'getContact').mockImplementation(
    () => new Promise((resolve) => answers.push((subject) => resolve({ last_seq: Number(subject) } as unknown as ContactDetail))),
  )
})

it('reads once more for who asks while it is being read, and once for all of them', async () => {
  const details = useDetails()
  const first = details.load('c1')
  const second = details.load('c1')
  const third = details.load('c1')
  expect(answers).toHaveLength(1)
  answers[0]?.('1')
  expect((await first).last_seq).toBe(1)
  await vi.waitFor(() => expect(answers).toHaveLength(2))
  answers[1]?.('2')
  expect((await second).last_seq).toBe(2)
  expect((await third).last_seq).toBe(2)
  expect(answers).toHaveLength(2)
  expect(details.byId.c1?.last_seq).toBe(2)
})

it('keeps the details of what was opened last, not of a whole shift', async () => {
  const details = useDetails()
  for (let n = 0; n < 500; n += 1) {
    const read = details.load(`c${n % 2 ? n : 0}`) // one of them again and again
    answers.at(-1)?.(String(n))
    await read
  }
  expect(Object.keys(details.byId)).toHaveLength(50)
  expect(details.byId.c0?.last_seq).toBe(498)
  expect(details.byId.c499?.last_seq).toBe(499)
  expect(details.byId.c1).toBeUndefined()
})
