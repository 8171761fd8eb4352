import { computed, type ComputedRef } from 'vue'

import { composing } from '@/shared/lib/keys'
import { usePreferences } from '@/stores/preferences'
import { useOpenContact } from '../open_contact'
import { sends } from './send_key'
import type { Snippet, Snippets } from './snippets'

/** What both fields of the composer offer to the pane around them. */
export interface Field {
  focus: () => void
  /** `html`: the same with formatting, for a field that has some; `here`: where the caret was last. */
  insert: (piece: string, html?: string | null, here?: boolean) => void
  /** Put it exactly at the caret, in place of what is marked. */
  put: (piece: string) => void
  /** What is marked, where one is writing a plain text that another field may take over. */
  marked: () => Marked | null
}

/** A plain text and what of it is marked; from equal to to: the caret. */
export interface Marked {
  text: string
  from: number
  to: number
}

export interface FieldKeys {
  /** True: the key was ours, and nothing else may come of it. */
  handle: (event: KeyboardEvent) => boolean
  enterSends: ComputedRef<boolean>
}

/** Keys inside a field: choosing a snippet, sending, leaving it. */
export function useFieldKeys(snippets: Snippets, isNote: () => boolean, take: (snippet: Snippet) => void, send: () => void): FieldKeys {
  const open = useOpenContact()
  const preferences = usePreferences()
  const enterSends = computed(() => !isNote() && open.can.value?.live === true && preferences.enterSends)

  function handle(event: KeyboardEvent): boolean {
    if (composing(event)) return false
    if (snippets.items.value.length && pick(event)) return true
    if (event.key === 'Escape') return leave(event)
    if (!sends(event, enterSends.value)) return false
    send()
    return true
  }

  /** Out of the field, to where single keys are commands again; Tab goes on from here. */
  function leave(event: KeyboardEvent): boolean {
    if (event.target instanceof HTMLElement) event.target.blur()
    return true
  }

  function pick(event: KeyboardEvent): boolean {
    if (event.key === 'ArrowDown') snippets.move(1)
    else if (event.key === 'ArrowUp') snippets.move(-1)
    else if (event.key === 'Escape') snippets.leave()
    else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') take(snippets.items.value[snippets.active.value]!)
    else return false
    return true
  }

  return { handle, enterSends }
}

/** Files of the clipboard, but not the picture of a text that Word and Excel put beside the text itself. */
export function pastedFiles(event: ClipboardEvent): File[] {
  const data = event.clipboardData
  if (!data || data.types.includes('text/html') || data.types.includes('text/plain')) return []
  return [...data.files]
}
