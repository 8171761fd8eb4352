import { describe, expect, it } from 'vitest'

import { timeLabels } from './chart'

const at = (...isos: string[]): number[] => isos.map((iso) => Date.parse(iso) / 1000)

describe('the labels of a time axis', () => {
  it('are times of day in the zone of the hub', () => {
    expect(timeLabels(at('2026-03-10T01:00:00Z', '2026-03-10T16:00:00Z'), 10_800, false, 'en', 'Asia/Shanghai')).toEqual(['09:00', '00:00'])
  })

  it('over several days tell midnight by its date', () => {
    expect(timeLabels(at('2026-03-10T04:00:00Z', '2026-03-10T16:00:00Z'), 43_200, true, 'en', 'Asia/Shanghai')).toEqual(['12:00', '3/11'])
  })

  it('a day apart are dates, whatever the hour', () => {
    expect(timeLabels(at('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'), 86_400, true, 'en', 'Europe/Berlin')).toEqual(['3/29', '3/30'])
  })
})
