import { nextTick } from 'vue'

import { useConversations } from '@/stores/conversations'

const MOST_PAGES = 50
const MOST_FRAMES = 60

export interface Place {
  conversationId: string
  seq: number
}

export interface Jump {
  earlier: () => readonly string[]
  partWith: (to: Place) => string | undefined
  here: () => boolean
}

const nextFrame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve))

/**
 * Bring an entry of a conversation into view and give it the focus. What is older is loaded for it: of its own
 * conversation until it is held, then of those merged with it (`earlier`) that hide what was before them. `partWith`:
 * the part of the timeline it stands in, which is drawn once it is near. It ends where one has left (`here`).
 */
export async function jumpTo(box: HTMLElement, to: Place, { earlier, partWith, here }: Jump): Promise<void> {
  const conversations = useConversations()
  const entries = (id: string): readonly { seq: number }[] => conversations.get(id).timeline.entries
  const first = (id: string): number => entries(id)[0]?.seq ?? 1
  const held = (): boolean => entries(to.conversationId).some((one) => one.seq === to.seq)
  await nextTick()
  for (let page = 0; page < MOST_PAGES && here() && !partWith(to); page += 1) {
    const more = first(to.conversationId) > to.seq ? [to.conversationId] : held() ? earlier() : []
    const before = more.map(first).join()
    await Promise.all(more.map((id) => conversations.loadEarlier(id)))
    await nextTick()
    if (before === more.map(first).join()) break
  }
  await new Promise((resolve) => setTimeout(resolve, 50)) // after the view has gone to its end
  if (!here()) return
  const part = box.querySelector<HTMLElement>(`[data-part="${CSS.escape(partWith(to) ?? '')}"]`)
  const drawn = (): HTMLElement | null | undefined =>
    part?.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(to.conversationId)}"][data-seq="${to.seq}"]`)
  part?.scrollIntoView({ block: 'center' })
  for (let frame = 0; part && !drawn() && frame < MOST_FRAMES; frame += 1) await nextFrame()
  const entry = drawn()
  if (!entry) return
  entry.tabIndex = -1
  entry.scrollIntoView({ block: 'center' })
  entry.focus({ preventScroll: true })
}
