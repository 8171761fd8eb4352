import { onScopeDispose } from 'vue'

type Listener = (text: string, articleId?: string) => void

// The side panel and the composer are siblings: a text to insert goes from one to the other here.
const listeners = new Set<Listener>()

export function onInsert(listener: Listener): void {
  listeners.add(listener)
  onScopeDispose(() => listeners.delete(listener))
}

/** Put a text into the open composer. False when none is open. */
export function insertIntoReply(text: string, articleId?: string): boolean {
  for (const listener of listeners) listener(text, articleId)
  return listeners.size > 0
}
