import type { AgentTarget, QueueTarget } from '@/shared/api/targets'
import type { QueueStop } from '@/shared/api/queues'

/** Words of the console (key and values), joined by a dot; `good`: it could be taken at once. */
export interface Told {
  parts: { key: string; values?: Record<string, unknown>; count?: number }[]
  good: boolean
}

const MINUTE_S = 60
const HOUR_S = 3600
const IN_HOURS_S = 2 * HOUR_S

/** A likely wait, rounded outwards: "up to 1 min", "2–5 min", "1–3 h". */
export function waitWords(lowS: number, highS: number): Told['parts'][number] {
  const unit = highS > IN_HOURS_S ? HOUR_S : MINUTE_S
  const low = Math.floor(lowS / unit)
  const high = Math.max(Math.ceil(highS / unit), 1)
  const kind = unit === HOUR_S ? 'hours' : 'minutes'
  if (low === 0) return { key: `transfer.upTo.${kind}`, values: { high } }
  return low === high ? { key: `transfer.about.${kind}`, values: { high } } : { key: `transfer.range.${kind}`, values: { low, high } }
}

/** What one meets in a queue. `one`: undefined as long as the hub has not said it. */
export function queueTold(one: QueueTarget | undefined, stop: QueueStop | null | undefined): Told {
  const say = (...parts: Told['parts']): Told => ({ parts, good: false })
  if (stop?.state === 'paused') return say({ key: 'queueStop.paused' })
  if (stop?.state === 'closed') return say({ key: 'queueStop.closed' })
  if (!one) return say({ key: 'transfer.queue' })
  if (!one.takes) return say({ key: 'transfer.notTaken' })
  const waiting = { key: 'transfer.waiting', values: { count: one.waiting }, count: one.waiting }
  if (!one.open) return say(...(one.waiting ? [waiting] : []), { key: 'transfer.outOfHours' })
  if (!one.ready) return say(...(one.waiting ? [waiting] : []), { key: 'transfer.nobodyReady' })
  if (one.waiting === 0 && one.free > 0) return { parts: [{ key: 'transfer.freeAgents', values: { count: one.free }, count: one.free }], good: true }
  if (one.wait_high_s === null) return say(waiting)
  return say(waiting, waitWords(one.wait_low_s ?? 0, one.wait_high_s))
}

/** What a colleague does. `reason`: what the set-up calls why they are not ready, '' for none. */
export function agentTold(one: AgentTarget, reason: string): Told {
  const slots = one.most === null || one.state === 'offline' ? [] : [{ key: 'transfer.slots', values: { held: one.held ?? 0, most: one.most } }]
  if (one.free) return { parts: [{ key: 'transfer.free' }, ...slots], good: true }
  if (one.state === 'ready') return { parts: [{ key: 'transfer.busy' }, ...slots], good: false }
  if (one.state === 'not_ready' && reason) return { parts: [{ key: 'transfer.notReady', values: { reason } }, ...slots], good: false }
  return { parts: [{ key: `state.${one.state}` }, ...slots], good: false }
}
