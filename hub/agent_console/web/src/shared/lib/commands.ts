import { computed, onMounted, onScopeDispose, shallowReactive, type ComputedRef } from 'vue'

import { usePreferences } from '@/stores/preferences'
import { COMMANDS, type Command } from './command_list'
import { bindKeys, type Binding } from './key_dispatch'
import { patternOf } from './key_patterns'

/** What a command does here and now. `when`: whether it can be done; left out: always. */
export interface Act {
  run: (event?: KeyboardEvent) => void
  when?: () => boolean
  /** Several of the same kind, such as the reasons not to be ready: the command bar lists each. */
  choices?: () => Choice[]
}
type Offered = Record<string, Act | (() => void)>
export interface Choice {
  id: string
  label: string
  run: () => void
}
export interface ReadyCommand {
  command: Command
  act: Act
}

const added = shallowReactive<Command[]>([])
const acts = shallowReactive(new Map<string, Act[]>())

/** Every command there is, of the console itself and of its features, whether or not it can be done now. */
export const allCommands = (): readonly Command[] => [...COMMANDS, ...added]

/** Commands that a feature brings (features/desk/slots.ts); one that is there already is left as it is. */
export function addCommands(commands: readonly Command[]): void {
  const known = new Set(allCommands().map((one) => one.id))
  added.push(...commands.filter((one) => !known.has(one.id)))
}

/** The keys of a command as this person set them; '' where it has none. */
export const keysOf = (command: Command): string => (command.fixed ? command.keys : (usePreferences().keys[command.id] ?? command.keys))

/** The same for a command known by its id; '' too where there is none such. */
export function keysOfId(id: string): string {
  const command = allCommands().find((one) => one.id === id)
  return command ? keysOf(command) : ''
}

/** The same, for what is shown beside buttons. */
export const useKeysOf = (id: string): ComputedRef<string> => computed(() => keysOfId(id))

/** What can be done now, each with its newest act: for the command bar. */
export function readyCommands(): ReadyCommand[] {
  return allCommands().flatMap((command) => {
    const act = acts.get(command.id)?.find((one) => one.when?.() ?? true)
    return act ? [{ command, act }] : []
  })
}

function bindingOf(id: string, act: Act): Binding {
  const command = (): Command | undefined => allCommands().find((one) => one.id === id)
  return {
    patterns: () => {
      const found = command()
      return found ? patternOf(keysOf(found)) : []
    },
    when: () => act.when?.() ?? true,
    run: (event) => act.run(event),
  }
}

/**
 * While this component is there, these commands can be done: by their keys and from the command bar. The
 * newest component wins where two offer the same one.
 */
export function useCommands(offered: Offered): void {
  let withdraw: (() => void) | undefined
  onMounted(() => (withdraw = offer(offered)))
  onScopeDispose(() => withdraw?.())
}

/** The same for commands that are known only later; each offer takes the place of the one before. */
export function useLateCommands(): { offer: (offered: Offered) => void } {
  let withdraw: (() => void) | undefined
  onScopeDispose(() => withdraw?.())
  return {
    offer: (offered) => {
      withdraw?.()
      withdraw = offer(offered)
    },
  }
}

function offer(offered: Offered): () => void {
  const entries = Object.entries(offered).map(([id, act]): [string, Act] => [id, typeof act === 'function' ? { run: () => act() } : act])
  for (const [id, act] of entries) acts.set(id, [act, ...(acts.get(id) ?? [])])
  const unbind = bindKeys(entries.map(([id, act]) => bindingOf(id, act)))
  return () => {
    unbind()
    for (const [id, act] of entries) acts.set(id, (acts.get(id) ?? []).filter((one) => one !== act))
  }
}
