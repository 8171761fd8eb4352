import { expect, it } from 'vitest'

import { ApiError } from '@/shared/api/http'
import { useAttempt } from './attempt'

it('is busy while it lasts, and says what was refused until it is tried again', async () => {
  const { busy, problem, attempt } = useAttempt()
  let refuse: (why: ApiError) => void = () => undefined
  const refused = attempt(() => new Promise((_, reject) => (refuse = reject)))
  expect([busy.value, problem.value]).toEqual([true, ''])
  refuse(new ApiError(409, 'made.up', 'Somebody else was faster.'))
  await refused
  expect([busy.value, problem.value]).toEqual([false, 'Somebody else was faster.'])
  const done = attempt(() => Promise.resolve())
  expect([busy.value, problem.value]).toEqual([true, ''])
  await done
  expect([busy.value, problem.value]).toEqual([false, ''])
})

it('keeps no fault of ours to itself', async () => {
  const { busy, problem, attempt } = useAttempt()
  await expect(attempt(() => Promise.reject(new TypeError('x is undefined')))).rejects.toThrow('x is undefined')
  expect([busy.value, problem.value]).toEqual([false, ''])
})
