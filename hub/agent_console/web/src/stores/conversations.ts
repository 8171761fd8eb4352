import { defineStore } from 'pinia'
import { ref } from 'vue'

import * as api from '@/shared/api/desk'
import type { ConsoleFrame, InteractionsFrame, LiveFrame } from '@/shared/api/frames'
import type { Interaction } from '@/shared/api/types'
import { serverNow } from '@/shared/lib/now'
import { denseUpTo, emptyTimeline, hasGap, merge, type Timeline } from './timeline'

export interface Caption {
  /** Milliseconds of the server's clock. */
  at: number
  text: string
}

interface Held {
  timeline: Timeline
  /** False until the first entries came. */
  loaded: boolean
  typing: boolean
  present: boolean
  typingText: string | null
  /** What the caller said while the call is on; never stored, the oldest fall off. */
  captions: Caption[]
  followers: number
}

const FIRST_ENTRIES = 100
const EARLIER_ENTRIES = 100
const TYPING_FADES_MS = 6_000
const CAPTIONS_KEPT = 50
const IDLE_KEPT = 30
const IDLE_ENTRIES = 200

/**
 * Timelines of the conversations that are looked at, kept whole: a gap asks again from the last dense seq. Of those
 * looked at before, the newest entries of the last few stay, so that going back shows them at once.
 */
export const useConversations = defineStore('conversations', () => {
  const held = ref<Record<string, Held>>({})
  let send: (frame: ConsoleFrame) => boolean = () => false
  const fading = new Map<string, number>()
  const idle = new Set<string>() // nobody follows them, the longest first

  function wire(sender: (frame: ConsoleFrame) => boolean): void {
    send = sender
  }

  function get(id: string): Held {
    return (held.value[id] ??= { timeline: emptyTimeline(), loaded: false, typing: false, present: false, typingText: null, captions: [], followers: 0 })
  }

  /** An entry that is held, by its id. */
  const entry = (id: string): Interaction | undefined => Object.values(held.value).flatMap((one) => one.timeline.entries).find((one) => one.id === id)

  /** Nobody looks at it any more. */
  function rest(id: string, one: Held): void {
    one.timeline = { ...one.timeline, entries: one.timeline.entries.slice(-IDLE_ENTRIES) }
    idle.delete(id)
    idle.add(id)
    for (const longest of idle) {
      if (idle.size <= IDLE_KEPT) break
      idle.delete(longest)
      fading.delete(longest)
      delete held.value[longest]
    }
  }

  function ask(id: string, afterSeq: number): void {
    send({ type: 'open', conversation_id: id, after_seq: afterSeq })
  }

  /** Follow a conversation whose newest entry is `lastSeq`; the newest hundred come first. */
  function follow(id: string, lastSeq: number): void {
    const one = get(id)
    one.followers += 1
    idle.delete(id)
    if (one.followers > 1) return
    ask(id, one.loaded ? denseUpTo(one.timeline) : Math.max(0, lastSeq - FIRST_ENTRIES))
  }

  function unfollow(id: string): void {
    const one = held.value[id]
    if (!one) return
    one.followers = Math.max(0, one.followers - 1)
    if (one.followers > 0) return
    send({ type: 'leave', conversation_id: id })
    rest(id, one)
  }

  /** After a reconnect: everything that is looked at, from where it is whole. */
  function followAgain(): void {
    for (const [id, one] of Object.entries(held.value)) {
      if (one.followers > 0) ask(id, denseUpTo(one.timeline))
    }
  }

  function put(id: string, items: Interaction[], readSeq: number): void {
    const one = get(id)
    one.timeline = merge(one.timeline, items, readSeq)
    one.loaded = true
  }

  function grew(frame: InteractionsFrame): void {
    const one = held.value[frame.conversation_id]
    if (!one) return // what was on its way when it was left
    put(frame.conversation_id, frame.items, frame.customer_read_seq)
    if (frame.items.some((item) => item.direction === 'in')) one.typing = false
    if (hasGap(one.timeline)) ask(frame.conversation_id, denseUpTo(one.timeline))
  }

  /** Older entries than the first one held, by REST. */
  async function loadEarlier(id: string): Promise<void> {
    const first = held.value[id]?.timeline.entries[0]
    if (!first || first.seq <= 1) return
    const after = Math.max(0, first.seq - 1 - EARLIER_ENTRIES)
    const page = await api.listInteractions(id, after, first.seq - 1 - after)
    if (!held.value[id]?.followers) return // it was left meanwhile
    put(id, page.items.filter((item) => item.seq < first.seq), 0)
  }

  function live(frame: LiveFrame): void {
    const one = held.value[frame.conversation_id]
    if (!one) return
    if (frame.event === 'typing') {
      one.typing = frame.on
      one.typingText = frame.text
      window.clearTimeout(fading.get(frame.conversation_id))
      if (frame.on) fading.set(frame.conversation_id, window.setTimeout(() => (one.typing = false), TYPING_FADES_MS))
    } else if (frame.event === 'caption') {
      if (frame.text) one.captions = [...one.captions, { at: serverNow(), text: frame.text }].slice(-CAPTIONS_KEPT)
    } else if (frame.event === 'joined' || frame.event === 'left') {
      one.present = frame.event === 'joined' ? frame.on : false
    }
  }

  function forgetAll(): void {
    held.value = {}
    idle.clear()
  }

  return { held, get, entry, wire, follow, unfollow, followAgain, grew, loadEarlier, live, forgetAll }
})
