import type { SetupDocument } from '@/shared/api/setup_types'
import type { CapacityPart, ProfilePart } from '@/shared/api/work_types'
import { CHANNELS } from '../fields/channels'

/** What holds for a channel that the set-up says nothing of (hub/routing/model.py, settings.py). */
export const USUAL_OFFER_S = 20
export const USUAL_MISSED = 2
export const USUAL_CALLBACK_OFFER_S = 30

/** Write a value of a table by its key; nothing: as usual. */
export function put<Value>(table: Record<string, Value>, key: string, value: Value | null | undefined): void {
  if (value === null || value === undefined) delete table[key]
  else table[key] = value
}

/** In the order of the screens, whatever was chosen first. */
export const inOrder = (chosen: string[]): string[] => [...CHANNELS.filter((one) => chosen.includes(one)), ...chosen.filter((one) => !(CHANNELS as readonly string[]).includes(one))]

const counted = (profile: ProfilePart | undefined, field: string): number | undefined => {
  const value = profile?.[field]
  return typeof value === 'number' ? value : undefined
}

/** `asked`: how many of a channel an agent may have by the maximum; `fit`: how many of them there is room for. */
export interface Room {
  channel: string
  asked: number
  fit: number
}

/** What an agent has at once of each channel alone, by their profile where it says something else. */
export function roomsOf(capacity: CapacityPart, profile?: ProfilePart): Room[] {
  return CHANNELS.flatMap((channel): Room[] => {
    const asked = counted(profile, channel) ?? capacity.max[channel]
    const cost = counted(profile, `cost_${channel}`) ?? capacity.cost[channel]
    if (asked === undefined || cost === undefined) return []
    return [{ channel, asked, fit: cost > 0 ? Math.min(asked, Math.floor(capacity.total / cost)) : asked }]
  })
}

/** A number of a profile; its name is no number. */
export const profileCount = (profile: ProfilePart, field: string): number | undefined => counted(profile, field)

/** A kind of agents that nothing is said of yet: as usual, with a name. */
export function addProfile(setup: SetupDocument, { key, zh, en }: { key: string; zh: string; en: string }): void {
  setup.profiles[key] = { zh, en }
}
