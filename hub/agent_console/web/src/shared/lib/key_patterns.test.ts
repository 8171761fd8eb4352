import { expect, test } from 'vitest'

import { keysClash, patternOf, pressedKeys } from './key_patterns'

const press = (key: string, more: KeyboardEventInit = {}): KeyboardEvent => new KeyboardEvent('keydown', { key, code: 'KeyX', ...more })

test('letters and what has a name stay as they are', () => {
  expect(patternOf('t')).toEqual(['t'])
  expect(patternOf('g i')).toEqual(['g', 'i'])
  expect(patternOf('$mod+Shift+Enter')).toEqual(['$mod+Shift+Enter'])
  expect(patternOf('')).toEqual([])
})

test('a sign is known by what it writes, in either width', () => {
  expect(patternOf('/')).toEqual(['[Shift]+(\\/|／|、)'])
  expect(patternOf('?')).toEqual(['[Shift]+(\\?|？)'])
  expect(patternOf('-')).toEqual(['[Shift]+(-|－)'])
})

test('every pattern of a sign is one that the browser can read', () => {
  for (let code = 0x21; code < 0x7f; code += 1) {
    const [pattern] = patternOf(String.fromCharCode(code))
    const inner = /\((.+)\)$/u.exec(pattern ?? '')?.[1]
    if (inner) expect(new RegExp(`^(?:${inner})$`, 'iv').test(String.fromCharCode(code))).toBe(true)
  }
})

test('what is pressed is written as it is read', () => {
  expect(pressedKeys(press('y'))).toBe('y')
  expect(pressedKeys(press('Y', { shiftKey: true }))).toBe('Shift+Y')
  expect(pressedKeys(press('？', { shiftKey: true }))).toBe('?')
})

test('what moves the focus or belongs to the browser is no key of one’s own', () => {
  for (const key of ['Tab', 'Enter', 'Escape', ' ', 'ArrowDown', 'F5', 'é']) expect(pressedKeys(press(key))).toBe('')
})

test('two keys clash when one begins with the other', () => {
  expect(keysClash('g', 'g i')).toBe(true)
  expect(keysClash('g i', 'g i')).toBe(true)
  expect(keysClash('g i', 'g k')).toBe(false)
  expect(keysClash('i', 'g i')).toBe(false)
  expect(keysClash('', 'g')).toBe(false)
})
