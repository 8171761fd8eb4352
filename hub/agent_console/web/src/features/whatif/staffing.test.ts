import { describe, expect, it } from 'vitest'

import type { HalfHour } from '@/shared/api/whatif_types'
import { hoursOf, shortest, withDemand } from './staffing'

const one = (start: string, contacts: number, agents: number, there: number): HalfHour => ({ start, contacts, load: 0, guess: 0, agents, there, service_level: null })
const day = [one('08:00', 0, 0, 4), one('08:30', 0, 0, 4), one('09:00', 5, 3, 4), one('09:30', 0, 0, 4), one('10:00', 9, 6, 4), one('10:30', 0, 0, 4), one('11:00', 0, 0, 4)]

describe('the half hours of a staffing', () => {
  it('are those with demand and one on both sides, however long somebody was there', () => {
    expect(withDemand(day).map((half) => half.start)).toEqual(['08:30', '09:00', '09:30', '10:00', '10:30'])
    expect(withDemand([one('00:00', 2, 1, 1)])).toHaveLength(1)
    expect(withDemand([one('00:00', 0, 0, 2)])).toEqual([])
  })

  it('are counted on both sides where there is demand', () => {
    expect(hoursOf(day)).toEqual({ needed: 4.5, there: 4 })
  })

  it('tell the one that lacks most, the first of several', () => {
    expect(shortest(day)?.start).toBe('10:00')
    expect(shortest([...day, one('11:30', 9, 6, 4)])?.start).toBe('10:00')
    expect(shortest([one('09:00', 1, 1, 1)])).toBeUndefined()
  })
})
