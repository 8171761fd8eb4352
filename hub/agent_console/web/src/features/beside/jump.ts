import { nextTick } from 'vue'

import { useConversations } from '@/stores/conversations'

const MOST_PAGES = 50

/** Bring an entry of a conversation into view and give it the focus; what is older is loaded for it. */
export async function jumpTo(box: HTMLElement, conversationId: string, seq: number): Promise<void> {
  const conversations = useConversations()
  const first = (): number => conversations.get(conversationId).timeline.entries[0]?.seq ?? 1
  for (let page = 0; page < MOST_PAGES && first() > seq; page += 1) {
    const before = first()
    await conversations.loadEarlier(conversationId)
    if (first() === before) break
  }
  await nextTick()
  await new Promise((resolve) => setTimeout(resolve, 50)) // after the view has gone to its end
  const entry = box.querySelector<HTMLElement>(`[data-seq="${seq}"]`)
  if (!entry) return
  entry.tabIndex = -1
  entry.scrollIntoView({ block: 'center' })
  entry.focus({ preventScroll: true })
}
