import { matchKeybindingPress, parseKeybinding } from 'tinykeys'

import { usePreferences } from '@/stores/preferences'
import { composing, elsewhere, inField } from './key_targets'

/** Presses, in tinykeys' words, and what they do. */
export interface Binding {
  patterns: () => string[]
  when: () => boolean
  run: (event: KeyboardEvent) => void
}

const TIMEOUT_MS = 1_000
const MODIFIERS = ['Shift', 'Meta', 'Alt', 'Control', 'AltGraph', 'CapsLock']
/** The newest is first: a dialog before the page under it. */
const bindings: Binding[] = []
let before: KeyboardEvent[] = []
let timer: number | undefined

function matches(patterns: string[], presses: KeyboardEvent[]): boolean {
  return presses.every((press, at) => {
    const wanted = parseKeybinding(patterns[at] ?? '')[0]
    return wanted !== undefined && matchKeybindingPress(press, wanted)
  })
}

const mayRun = (patterns: string[], event: KeyboardEvent, shortcuts: boolean): boolean =>
  patterns.some((press) => press.includes('$mod')) || (shortcuts && !inField(event.target) && !elsewhere(event.target))

/**
 * One key, in the order: what it ends of a sequence, what it begins, what it means by itself. So `b` of
 * `g b` is only that.
 */
function press(event: KeyboardEvent): void {
  if (typeof event.getModifierState !== 'function' || event.defaultPrevented || composing(event) || MODIFIERS.includes(event.key)) return
  const { shortcuts } = usePreferences()
  window.clearTimeout(timer)
  for (const presses of before.length ? [[...before, event], [event]] : [[event]]) {
    const fitting = bindings
      .map((one) => ({ one, patterns: one.patterns() }))
      .filter(({ patterns }) => patterns.length >= presses.length && mayRun(patterns, event, shortcuts) && matches(patterns, presses))
    const whole = fitting.find(({ one, patterns }) => patterns.length === presses.length && one.when())
    const begun = fitting.some(({ patterns }) => patterns.length > presses.length)
    before = []
    if (whole) {
      event.preventDefault()
      return whole.one.run(event)
    }
    if (begun) {
      before = presses
      timer = window.setTimeout(() => (before = []), TIMEOUT_MS)
      return
    }
  }
}

/** Bind until the returned function is called. */
export function bindKeys(more: Binding[]): () => void {
  if (bindings.length === 0) window.addEventListener('keydown', press)
  bindings.unshift(...more)
  return () => {
    for (const one of more) bindings.splice(bindings.indexOf(one), 1)
    if (bindings.length === 0) window.removeEventListener('keydown', press)
  }
}
