import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'

import { usePreferences } from '@/stores/preferences'
import { COMMANDS } from './command_list'
import { keysOf } from './commands'
import { clashesOf, resetAllKeys, resetKeys, setKeys } from './own_keys'

const command = (id: string) => COMMANDS.find((one) => one.id === id)!

beforeEach(() => {
  localStorage.clear()
  setActivePinia(createPinia())
})

test('no two commands have the same keys to begin with, and none begins another', () => {
  for (const one of COMMANDS) expect([one.id, clashesOf(one.id, one.keys).map((other) => other.id)]).toEqual([one.id, []])
})

test('keys of another are not taken without a word', () => {
  expect(setKeys(command('contact.transfer'), 'e')).toBe(false)
  expect(keysOf(command('contact.transfer'))).toBe('t')
})

test('taken keys leave the other without', () => {
  expect(setKeys(command('contact.transfer'), 'e', true)).toBe(true)
  expect(keysOf(command('contact.transfer'))).toBe('e')
  expect(keysOf(command('contact.close'))).toBe('')
})

test('the beginning of other keys takes all of those', () => {
  expect(clashesOf('contact.note', 'g').length).toBeGreaterThan(5)
})

test('a reset is told, too, that another has the key by now', () => {
  setKeys(command('contact.transfer'), 'y')
  setKeys(command('contact.close'), 't')
  expect(resetKeys(command('contact.transfer'))).toBe(false)
  resetAllKeys()
  expect(usePreferences().keys).toEqual({})
})
