import { expect, it } from 'vitest'

import en from '@/i18n/softphone/en.json'
import zh from '@/i18n/softphone/zh-CN.json'
import { OFF, type PhoneStatus } from '@/stores/softphone'
import type { SoftphoneView } from '@/shared/api/softphone'
import { stateOf } from './state'
import { troubleOf } from './twilio_line'

const VIEW: SoftphoneView = { rings: 'browser', desk_phone: null, lacks: '' }
const textOf = (texts: object, key: string): unknown => key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], texts)

const STATES: PhoneStatus[] = ['off', 'waiting', 'starting', 'ready', 'no_microphone', 'blocked', 'offline', 'reload', 'refused', 'unsupported']
const STAGES = ['ringing', 'connecting', 'talking', 'reconnecting'] as const
const LACKS = ['no_line', 'no_account', 'locked', 'no_key', 'stand_in'] as const
const SHOWN = [
  ...STATES.map((status) => stateOf(VIEW, { ...OFF, status })),
  ...STAGES.map((stage) => stateOf(VIEW, { status: 'ready', why: '', call: { stage, muted: false, troubles: [], digits: '' } })),
  ...LACKS.map((lacks) => stateOf({ ...VIEW, lacks }, OFF)),
]

it.each([['en', en], ['zh-CN', zh]])('every state has its words, and what is wrong has a remedy, in %s', (_, texts) => {
  for (const shown of SHOWN) {
    expect(textOf(texts, shown.words), shown.words).toBeTypeOf('string')
    if (shown.tone === 'bad' || shown.mend) expect(textOf(texts, shown.mend), shown.mend).toBeTypeOf('string')
  }
})

it('who is muted is told so wherever they look', () => {
  const call = { stage: 'talking', muted: true, troubles: [], digits: '' } as const
  expect(stateOf(VIEW, { status: 'ready', why: '', call: { ...call, troubles: [] } }).words).toBe('softphone.state.muted')
})

it('of the warnings of the provider those are passed on that mean something to who talks', () => {
  expect(troubleOf('low-mos')).toBe('network')
  expect(troubleOf('constant-audio-input-level')).toBe('silent')
  expect(troubleOf('low-bytes-received')).toBe('nothing_in')
  expect(troubleOf('constant-audio-output-level')).toBeNull()
})
