/** Keys as people write them (`t`, `g i`, `Shift+X`, `?`), and what the browser calls them. */

/** The same key under a Chinese input method, beside the full-width form. */
const ALSO: Record<string, string> = { '/': '、', ',': '，', '.': '。', '[': '【', ']': '】', '\\': '、', ';': '；' }
const MODIFIERS = ['Control', 'Meta', 'Alt']
const NEVER = new Set(['Tab', 'Escape', 'Enter', ' ', 'Backspace', 'Delete', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown', 'Dead', 'Process', 'Unidentified', 'CapsLock', 'Shift', ...MODIFIERS])

const fullWidth = (char: string): string => String.fromCharCode(char.charCodeAt(0) + 0xfee0)
const escaped = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&')

/** One press for tinykeys. A sign is known by what it writes, with or without Shift, in either width. */
function pressOf(press: string): string {
  if (press.length !== 1 || /[a-z0-9]/iu.test(press)) return press
  if (press.charCodeAt(0) < 0x21 || press.charCodeAt(0) > 0x7e) return press
  const forms = [escaped(press), fullWidth(press), ...(ALSO[press] ? [ALSO[press]] : [])]
  return `[Shift]+(${forms.join('|')})`
}

/** The presses of a sequence; none for keys that are off. */
export function patternOf(keys: string): string[] {
  return keys === '' ? [] : keys.split(' ').map(pressOf)
}

/** What was pressed, written as above; '' where it cannot be a key of its own. */
export function pressedKeys(event: KeyboardEvent): string {
  if (event.isComposing || NEVER.has(event.key) || MODIFIERS.some((one) => event.getModifierState(one)) || event.key.length !== 1) return ''
  const narrow = event.key.charCodeAt(0) > 0xff00 && event.key.charCodeAt(0) < 0xff5f ? String.fromCharCode(event.key.charCodeAt(0) - 0xfee0) : event.key
  if (!/^[\x21-\x7e]$/u.test(narrow)) return ''
  return /[a-z]/iu.test(narrow) ? (event.shiftKey ? `Shift+${narrow.toUpperCase()}` : narrow.toLowerCase()) : narrow
}

/** Whether one would keep the other from working: the same keys, or one begins with the other. */
export function keysClash(one: string, other: string): boolean {
  if (one === '' || other === '') return false
  const [a, b] = [one.toLowerCase().split(' '), other.toLowerCase().split(' ')]
  return a.slice(0, b.length).every((press, index) => press === b[index])
}
