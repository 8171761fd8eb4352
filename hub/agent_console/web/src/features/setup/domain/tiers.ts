import type { SetupDocument, Tier } from '@/shared/api/setup_types'
import { moved } from '@/shared/lib/list'

/** Every list that has one value for each tier, best first. */
function targetLists(setup: SetupDocument): number[][] {
  return [setup.target_s, ...setup.queues.map((queue) => queue.target_s)].flatMap((targets) => Object.values(targets))
}

/** The targets of a tier move along with it. */
export function moveTier(setup: SetupDocument, from: number, to: number): void {
  if (to < 0 || to >= setup.tiers.length) return
  // A list that is too short stays as it is: the check tells of it.
  for (const list of targetLists(setup)) list.splice(0, list.length, ...moved(list, from, to))
  setup.tiers = moved(setup.tiers, from, to)
}

/** A new tier is the last, with the targets of the one before it. */
export function addTier(setup: SetupDocument, tier: Tier): void {
  targetLists(setup).forEach((list) => list.push(list.at(-1) ?? 60))
  setup.tiers.push(tier)
}

export function removeTier(setup: SetupDocument, index: number): void {
  targetLists(setup).forEach((list) => list.splice(index, 1))
  setup.tiers.splice(index, 1)
}

export interface TierUse {
  kind: 'default' | 'shown' | 'queue' | 'callback' | 'sla'
  key: string
}

/** Where a tier is named: it cannot go while it is. */
export function usesOfTier(setup: SetupDocument, key: string): TierUse[] {
  return [
    ...(setup.default_tier === key ? [{ kind: 'default' as const, key: '' }] : []),
    ...setup.tiers.filter((tier) => tier.agents_see === key && tier.key !== key).map((tier) => ({ kind: 'shown' as const, key: tier.key })),
    ...setup.queues
      .filter((queue) => queue.reserve.some((rule) => rule.tiers.includes(key)) || queue.callback?.abandoned_for?.includes(key))
      .map((queue) => ({ kind: 'queue' as const, key: queue.key })),
    ...(setup.callback?.abandoned_for.includes(key) ? [{ kind: 'callback' as const, key: '' }] : []),
    ...setup.sla_policies.filter((policy) => policy.tiers.includes(key)).map((policy) => ({ kind: 'sla' as const, key: policy.key })),
  ]
}
