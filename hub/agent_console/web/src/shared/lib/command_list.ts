import type { Component } from 'vue'

export const GROUPS = ['desk', 'contact', 'everywhere'] as const

/** A thing to do that has a name and perhaps a key. Every key, the help, the command bar and the settings read this list. */
export interface Command {
  /** Stays as it is: own keys are kept by it. */
  id: string
  group: (typeof GROUPS)[number]
  /** i18n key. */
  label: string
  /** By default, as they are pressed: `t`, `g i`, `Shift+X`, `$mod+k`; '' for none. */
  keys: string
  /** Keys that mean this everywhere and are not to be changed, such as Enter on a row. */
  fixed?: boolean
  /** Not in the command bar: it is nothing without what has the focus, or the bar itself. */
  quiet?: boolean
  /** In the command bar and in menus. */
  icon?: Component
}

const go = (name: string, keys: string): Command => ({ id: `go.${name.toLowerCase()}`, group: 'everywhere', label: `keys.go${name}`, keys })

export const COMMANDS: readonly Command[] = [
  { id: 'list.next', group: 'desk', label: 'keys.next', keys: 'j', quiet: true },
  { id: 'list.previous', group: 'desk', label: 'keys.previous', keys: 'k', quiet: true },
  { id: 'list.open', group: 'desk', label: 'keys.open', keys: 'Enter', fixed: true, quiet: true },
  { id: 'list.select', group: 'desk', label: 'keys.select', keys: 'x', quiet: true },
  { id: 'list.range', group: 'desk', label: 'keys.range', keys: 'Shift+X', quiet: true },
  { id: 'list.move', group: 'desk', label: 'keys.move', keys: 'a' },
  { id: 'list.tags', group: 'desk', label: 'keys.listTags', keys: 'Shift+L', quiet: true },
  { id: 'list.raise', group: 'desk', label: 'keys.raise', keys: '+', quiet: true },
  { id: 'list.lower', group: 'desk', label: 'keys.lower', keys: '-', quiet: true },
  { id: 'list.call', group: 'desk', label: 'keys.callBack', keys: 'c', quiet: true },
  { id: 'offer.focus', group: 'desk', label: 'keys.offer', keys: 'o' },
  { id: 'offer.together', group: 'desk', label: 'keys.acceptTogether', keys: 'Shift+Enter', fixed: true, quiet: true },
  { id: 'offer.accept', group: 'desk', label: 'keys.acceptTyping', keys: '$mod+Shift+Enter' },
  { id: 'contact.reply', group: 'contact', label: 'keys.reply', keys: 'r' },
  { id: 'contact.note', group: 'contact', label: 'keys.note', keys: 'n' },
  { id: 'contact.forward', group: 'contact', label: 'keys.forward', keys: 'f' },
  { id: 'contact.joinSame', group: 'contact', label: 'keys.joinSame', keys: 'Shift+J' },
  { id: 'contact.transfer', group: 'contact', label: 'keys.transfer', keys: 't' },
  { id: 'contact.park', group: 'contact', label: 'keys.park', keys: 's' },
  { id: 'contact.close', group: 'contact', label: 'keys.close', keys: 'e' },
  { id: 'contact.tags', group: 'contact', label: 'keys.tags', keys: 'l' },
  { id: 'contact.copy', group: 'contact', label: 'keys.copy', keys: '' },
  { id: 'contact.panel', group: 'contact', label: 'keys.panel', keys: '' },
  { id: 'composer.canned', group: 'contact', label: 'keys.canned', keys: '/' },
  { id: 'composer.send', group: 'contact', label: 'keys.send', keys: '$mod+Enter', fixed: true, quiet: true },
  { id: 'finish.reason', group: 'contact', label: 'keys.reason', keys: '1–5', fixed: true, quiet: true },
  { id: 'listed.call', group: 'contact', label: 'keys.dialListed', keys: 'd' },
  { id: 'listed.skip', group: 'contact', label: 'keys.skipListed', keys: 'Shift+D' },
  { id: 'listed.result', group: 'contact', label: 'keys.listResult', keys: '1–9', fixed: true, quiet: true },
  { id: 'search', group: 'everywhere', label: 'keys.search', keys: '$mod+k', quiet: true },
  { id: 'help', group: 'everywhere', label: 'keys.help', keys: '?' },
  { id: 'state.toggle', group: 'everywhere', label: 'keys.state', keys: 'b' },
  { id: 'state.set', group: 'everywhere', label: 'keys.setState', keys: '' },
  { id: 'look.language', group: 'everywhere', label: 'keys.language', keys: '' },
  { id: 'look.theme', group: 'everywhere', label: 'keys.theme', keys: '' },
  { id: 'call.start', group: 'everywhere', label: 'keys.call', keys: 'g p' },
  go('Desk', 'g i'),
  go('ToDo', 'g t'),
  go('Me', 'g d'),
  go('Mentions', 'g n'),
  go('Wallboard', 'g w'),
  go('Whatif', 'g f'),
  go('Reports', 'g r'),
  go('Callbacks', 'g b'),
  go('Quarantine', 'g q'),
  go('Customers', 'g c'),
  go('Commitments', 'g m'),
  go('Knowledge', 'g k'),
  go('Setup', 'g s'),
  go('Groups', ''),
  go('People', ''),
  go('Settings', ''),
]
