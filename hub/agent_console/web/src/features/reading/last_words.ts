import { reactive } from 'vue'

import type { InvitedEvent } from '@/shared/api/reading'

/** The newest word on each event that was read, by conversation, organiser and event (RFC 5546 §2.1.4). */
const newest = reactive(new Map<string, [sequence: number, stamp: string]>())
const MOST = 500

const keyOf = (conversation: string, event: InvitedEvent, time: string): string => JSON.stringify([conversation, event.organizer?.address.toLowerCase() ?? '', event.uid, time])
const after = (one: [number, string], other: [number, string]): boolean => (one[0] === other[0] ? one[1] > other[1] : one[0] > other[0])

/** Remember what an event says of itself. An answer to an invitation is no word on when it is. */
export function noteWord(conversation: string, method: string, event: InvitedEvent): void {
  if (!event.uid || method === 'reply' || method === 'counter') return
  const key = keyOf(conversation, event, event.instead_of?.local ?? '')
  const word: [number, string] = [event.sequence, event.stamp ?? '']
  const known = newest.get(key)
  if (known && !after(word, known)) return
  if (!known && newest.size >= MOST) newest.delete(newest.keys().next().value ?? '')
  newest.set(key, word)
}

/** Whether a later mail of the conversation said something else of this event; of one time of a series only what speaks of that time. */
export function isOutdated(conversation: string, method: string, event: InvitedEvent): boolean {
  if (!event.uid || method === 'reply' || method === 'counter') return false
  const word: [number, string] = [event.sequence, event.stamp ?? '']
  const later = newest.get(keyOf(conversation, event, event.instead_of?.local ?? ''))
  return later !== undefined && after(later, word)
}
