import { describe, expect, it } from 'vitest'

import { caseTone, inUnits, isOver, orderTone, toSeconds } from './words'

describe('business words', () => {
  it.each([
    [60, 1, 'minutes'],
    [5400, 90, 'minutes'],
    [7200, 2, 'hours'],
    [172_800, 2, 'days'],
    [61, 1, 'minutes'],
  ])('%i s are %i %s', (seconds, count, unit) => expect(inUnits(seconds)).toEqual({ count, unit }))

  it('counts seconds back', () => {
    expect(toSeconds(2, 'hours')).toBe(7200)
    expect(toSeconds(3, 'days')).toBe(259_200)
  })

  it('says what is over and what asks for attention', () => {
    expect(isOver('done')).toBe(true)
    expect(isOver('waiting')).toBe(false)
    expect(caseTone('ready')).toBe('ok')
    expect(caseTone('repairing')).toBe('warn')
    expect(orderTone('returned')).toBe('warn')
  })
})
