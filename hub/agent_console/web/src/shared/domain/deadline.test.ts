import { describe, expect, it } from 'vitest'

import type { Deadline } from '@/shared/api/deadlines'
import { deadlineAt } from './deadline'

const at = '2026-03-10T12:00:00Z'
const noon = Date.parse(at)
const hour: Deadline = {
  kind: 'first_reply', zh: '常规', en: 'Usual', at, target_s: 3600, warn_s: 2700, used_s: 600,
  running: true, paused: false, due_at: '2026-03-10T12:50:00Z', breached_at: null,
}

describe('a deadline', () => {
  it('goes on while it is running', () => {
    expect(deadlineAt(hour, noon + 60_000)).toEqual({ leftS: 2940, level: 'quiet' })
    expect(deadlineAt(hour, noon + 1_200_000).level).toBe('ok')
    expect(deadlineAt(hour, noon + 2_100_000).level).toBe('warn')
    expect(deadlineAt(hour, noon + 3_060_000)).toEqual({ leftS: -60, level: 'breach' })
  })

  it('stands while it waits for the customer and in closed hours', () => {
    expect(deadlineAt({ ...hour, running: false, paused: true }, noon + 9_000_000)).toEqual({ leftS: 3000, level: 'quiet' })
    expect(deadlineAt({ ...hour, running: false }, noon + 9_000_000).leftS).toBe(3000)
  })

  it('once breached stays so', () => {
    expect(deadlineAt({ ...hour, used_s: 3700, running: false, breached_at: at }, noon).level).toBe('breach')
  })
})
