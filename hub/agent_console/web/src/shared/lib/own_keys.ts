import { usePreferences } from '@/stores/preferences'
import type { Command } from './command_list'
import { allCommands, keysOf } from './commands'
import { keysClash } from './key_patterns'

/** Commands that could not be reached any more, or would keep this one from it, if it had these keys. */
export function clashesOf(id: string, keys: string): Command[] {
  return allCommands().filter((one) => one.id !== id && !one.fixed && keysClash(keysOf(one), keys))
}

/** Give a command these keys ('' for none); who has them is left without where `take`. False where somebody has. */
export function setKeys(command: Command, keys: string, take = false): boolean {
  const others = clashesOf(command.id, keys)
  if (others.length && !take) return false
  const own = { ...usePreferences().keys }
  for (const one of others) own[one.id] = ''
  if (keys === command.keys) delete own[command.id]
  else own[command.id] = keys
  usePreferences().keys = own
  return true
}

export function resetKeys(command: Command, take = false): boolean {
  return setKeys(command, command.keys, take)
}

export function resetAllKeys(): void {
  usePreferences().keys = {}
}
