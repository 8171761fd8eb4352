import { describe, expect, it } from 'vitest'

import { sends } from './send_key'

const key = (init: KeyboardEventInit): KeyboardEvent => new KeyboardEvent('keydown', { key: 'Enter', ...init })

describe('the key that sends', () => {
  it('is Ctrl or ⌘ with Enter for a mail, and Enter alone for a chat', () => {
    expect(sends(key({ ctrlKey: true }), false)).toBe(true)
    expect(sends(key({ metaKey: true }), false)).toBe(true)
    expect(sends(key({}), false)).toBe(false)
    expect(sends(key({}), true)).toBe(true)
  })

  it('is never a key that an input method composes', () => {
    for (const init of [{}, { ctrlKey: true }, { metaKey: true }]) {
      expect(sends(key({ ...init, isComposing: true }), true)).toBe(false)
      expect(sends(key({ ...init, keyCode: 229 }), true)).toBe(false)
    }
  })

  it('is none that means something else', () => {
    expect(sends(key({ shiftKey: true }), true)).toBe(false)
    expect(sends(key({ altKey: true }), true)).toBe(false)
    expect(sends(key({ ctrlKey: true, shiftKey: true }), true)).toBe(false)
    expect(sends(new KeyboardEvent('keydown', { key: 'a', ctrlKey: true }), true)).toBe(false)
  })
})
