import { onMounted, onScopeDispose } from 'vue'
import { tinykeys } from 'tinykeys'

import { usePreferences } from '@/stores/preferences'

export type KeyMap = Record<string, (event: KeyboardEvent) => void>

/** True while an input method is composing: such a key belongs to the word, not to us. */
export function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}

export function inField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.matches('input, textarea, select, [role=textbox], [role=combobox]')
}

/** A dialog or an open menu has the keyboard to itself. */
function elsewhere(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('[role=dialog], [role=menu], [role=listbox]') !== null
}

/**
 * Single-key shortcuts, outside fields and only where the user has not switched them off (WCAG 2.1.4).
 * Keys written with `$mod` also work in fields.
 */
export function useKeys(map: KeyMap): void {
  const preferences = usePreferences()
  let stop: (() => void) | undefined
  const guarded: KeyMap = {}
  for (const [keys, run] of Object.entries(map)) {
    const single = !keys.includes('$mod')
    guarded[keys] = (event) => {
      if (composing(event) || event.defaultPrevented) return
      if (single && (!preferences.shortcuts || inField(event.target) || elsewhere(event.target))) return
      event.preventDefault()
      run(event)
    }
  }
  onMounted(() => (stop = tinykeys(window, guarded, { ignore: () => false })))
  onScopeDispose(() => stop?.())
}

export interface Shortcut {
  keys: string
  label: string
}

/** What the help dialog lists, by group; labels are i18n keys. */
export const SHORTCUTS: { group: string; keys: Shortcut[] }[] = [
  {
    group: 'keys.groups.desk',
    keys: [
      { keys: 'j', label: 'keys.next' },
      { keys: 'k', label: 'keys.previous' },
      { keys: 'Enter', label: 'keys.open' },
      { keys: 'x', label: 'keys.select' },
      { keys: 'a', label: 'keys.move' },
      { keys: '+', label: 'keys.raise' },
      { keys: '-', label: 'keys.lower' },
      { keys: 'o', label: 'keys.offer' },
      { keys: 'Shift+Enter', label: 'keys.acceptTogether' },
      { keys: '$mod+Shift+Enter', label: 'keys.acceptTyping' },
    ],
  },
  {
    group: 'keys.groups.contact',
    keys: [
      { keys: 'r', label: 'keys.reply' },
      { keys: 'n', label: 'keys.note' },
      { keys: 't', label: 'keys.transfer' },
      { keys: 's', label: 'keys.park' },
      { keys: 'e', label: 'keys.close' },
      { keys: 'l', label: 'keys.tags' },
      { keys: '/', label: 'keys.canned' },
      { keys: '$mod+Enter', label: 'keys.send' },
    ],
  },
  {
    group: 'keys.groups.everywhere',
    keys: [
      { keys: '$mod+k', label: 'keys.search' },
      { keys: 'b', label: 'keys.state' },
      { keys: 'g i', label: 'keys.goDesk' },
      { keys: 'g w', label: 'keys.goWallboard' },
      { keys: 'g f', label: 'keys.goWhatif' },
      { keys: 'g r', label: 'keys.goReports' },
      { keys: 'g b', label: 'keys.goCallbacks' },
      { keys: 'g q', label: 'keys.goQuarantine' },
      { keys: 'g c', label: 'keys.goCustomers' },
      { keys: 'g m', label: 'keys.goCommitments' },
      { keys: 'g k', label: 'keys.goKnowledge' },
      { keys: 'g s', label: 'keys.goSetup' },
      { keys: 'g p', label: 'keys.call' },
      { keys: '?', label: 'keys.help' },
    ],
  },
]
