import { composing } from '@/shared/lib/keys'

/**
 * Whether this key sends what was written: Ctrl or ⌘ with Enter always, Enter alone where a chat says so.
 * A key that an input method composes never does: its Enter takes the word. Ctrl+Shift+Enter accepts an offer.
 */
export function sends(event: KeyboardEvent, enterSends: boolean): boolean {
  if (event.key !== 'Enter' || composing(event)) return false
  if (event.ctrlKey || event.metaKey) return !event.shiftKey && !event.altKey
  return enterSends && !event.shiftKey && !event.altKey
}
