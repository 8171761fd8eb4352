/** How agents work, in the set-up: what they are offered, have at once, and who comes back to them. */

type ByChannel = Record<string, number>

/** How contacts are offered: how long one waits for its agent, who gets it again, who may decline or take one. */
export interface OfferPart {
  timeout_s: ByChannel
  connect_s: number
  connects: string[]
  backoff_s: number[]
  missed: ByChannel
  no_decline: string[]
  decline_needs_reason: boolean
  pull: 'nobody' | 'supervisors' | 'agents'
}

/** Units an agent has, what contacts cost, and when one that was set aside or left alone returns. */
export interface CapacityPart {
  total: number
  cost: ByChannel
  max: ByChannel
  interruptible: string[]
  business_time: string[]
  comfort: ByChannel
  reserve_idle: ByChannel
  interrupted_s: number
  untouched_s: number
}

/** Customers who come back: within which time to their last agent, and how long a busy one is waited for. */
export interface StickyPart {
  wait_s: ByChannel
  window_s: ByChannel
  redial_s: ByChannel
}

/** A kind of agents: maxima by channel, units by `cost_<channel>`, and a name as `zh` and `en`. */
export type ProfilePart = Record<string, number | string>
