import { expect, it } from 'vitest'

import { aQueue, aSetup } from '../domain/a_setup'
import type { PhoneMenu } from '../domain/menu'
import { newPoint } from '../domain/points'
import { usesOfHours } from './named_hours'

const MENU: PhoneMenu = {
  choices: [{ press: '1', does: 'menu', menu: { choices: [{ press: '1', does: 'hours', hours: 'deep', open: {}, closed: { does: 'voicemail' } }] } }],
  hours: 'front',
  closed: { does: 'menu', menu: { choices: [{ press: '1', does: 'hours', hours: 'night', open: {}, closed: {} }] } },
}

it('hours are in use where an entry point goes by them, in its menu too, and each is named once', () => {
  const setup = aSetup({ queues: [aQueue('support', { hours: 'office' })] })
  setup.entry_points = ['line', 'other'].map((key) => ({ ...newPoint(key, 'phone', key, '', 'support', 'en'), hours: key === 'line' ? 'front' : '' }))
  setup.entry_points[0]!.settings['menu'] = MENU
  const used = (key: string): string[] => usesOfHours(setup, key).map((one) => `${one.kind} ${one.key}`)
  expect([used('office'), used('front'), used('deep'), used('night'), used('day')]).toEqual([['queue support'], ['entryPoint line'], ['entryPoint line'], ['entryPoint line'], []])
})
