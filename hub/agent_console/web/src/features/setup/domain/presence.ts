import type { PresencePart } from '@/shared/api/setup_types'
import { CHANNELS } from '../fields/channels'

/** A call goes its own way when a browser dies; a set-up that names it all the same shows it. */
export const returnChannels = (presence: PresencePart): string[] => CHANNELS.filter((channel) => channel !== 'phone' || channel in presence.return_s)

/** When, after the last sign of a console, its agent is signed out: its time has run out, and as long again. */
export const signedOutAfter = (presence: PresencePart): number => 2 * presence.lost_s

/** What goes back to its queue when, after the last sign of a console: only from who is signed out, and counted from when its time ran out. */
export function returnsOf(presence: PresencePart): { after_s: number; channels: string[] }[] {
  const found = new Map<number, string[]>()
  for (const channel of returnChannels(presence)) {
    const seconds = presence.return_s[channel]
    if (seconds === undefined) continue
    const after = Math.max(signedOutAfter(presence), presence.lost_s + seconds)
    found.set(after, [...(found.get(after) ?? []), channel])
  }
  return [...found].sort(([one], [other]) => one - other).map(([after_s, channels]) => ({ after_s, channels }))
}
