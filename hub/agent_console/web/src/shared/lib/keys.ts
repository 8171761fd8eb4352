import { onMounted, onScopeDispose } from 'vue'

import { bindKeys } from './key_dispatch'

export { composing, elsewhere, inField } from './key_targets'

export type KeyMap = Record<string, (event: KeyboardEvent) => void>

/**
 * Keys of a part of a page that are no commands, such as the digits of a list: outside fields, and only
 * where the user has not switched single keys off (WCAG 2.1.4). Keys written with `$mod` also work in
 * fields. What has a name belongs into command_list.ts and `useCommands`. `when`: whether they mean anything now.
 */
export function useKeys(map: KeyMap, when: () => boolean = () => true): void {
  let unbind: (() => void) | undefined
  onMounted(() => {
    unbind = bindKeys(Object.entries(map).map(([keys, run]) => ({ patterns: () => keys.split(' '), when, run })))
  })
  onScopeDispose(() => unbind?.())
}
