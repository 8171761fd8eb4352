import type { DeadlineKind, EscalationAct, EscalationPart, Named, SetupDocument, SlaPolicyPart } from '@/shared/api/setup_types'

export const DEADLINES = ['first_reply', 'next_reply', 'resolution'] as const
export const ACTS = ['notify', 'raise_priority', 'move', 'assign'] as const
export const PRIORITIES = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const
export const OWNER = 'owner'
export const SUPERVISORS = 'supervisors'
const HOUR_S = 3600
const DAY_S = 24 * HOUR_S

export const newPolicy = (named: Named): SlaPolicyPart => ({
  ...named, queues: [], tiers: [], channels: [], first_reply_s: 4 * HOUR_S, next_reply_s: 8 * HOUR_S, resolution_s: null,
  hours: '', warn_at: 0.75, pause_parked: true, reopen_s: 3 * DAY_S, escalations: [],
})

export const newEscalation = (): EscalationPart => ({ at: 'breach', action: 'notify', on: '', to: SUPERVISORS, priority: 1 })

export const targetOf = (policy: SlaPolicyPart, kind: DeadlineKind): number | null => policy[`${kind}_s`]
/** Whole seconds: the set-up has no others. */
export function setTarget(policy: SlaPolicyPart, kind: DeadlineKind, seconds: number | null | undefined): void {
  policy[`${kind}_s`] = typeof seconds === 'number' ? Math.round(seconds) : null
}
export const deadlinesOf = (policy: SlaPolicyPart): DeadlineKind[] => DEADLINES.filter((kind) => targetOf(policy, kind) !== null)

/** Another action: whom or where it was for means nothing to this one. `first`: what a queue or an agent begins with. */
export function setAction(one: EscalationPart, action: EscalationAct, first: { queue: string; agent: string }): void {
  one.action = action
  one.to = { notify: SUPERVISORS, raise_priority: '', move: first.queue, assign: first.agent }[action]
}

/** Where a step may move contacts: not to the only queue that the policy is for. */
export const queuesBeside = (setup: SetupDocument, policy: SlaPolicyPart): SetupDocument['queues'] =>
  setup.queues.filter((queue) => policy.queues.length !== 1 || policy.queues[0] !== queue.key)

/** Tiers that a deadline may tell: not those that agents see as another one, unless the policy names them already. */
export const toldTiers = (setup: SetupDocument, named: string[]): SetupDocument['tiers'] =>
  setup.tiers.filter((tier) => tier.agents_see === '' || tier.agents_see === tier.key || named.includes(tier.key))

/** `at_s`: used time at which a step is reached. */
export interface CourseStep {
  name: 'warning' | 'breach' | 'late'
  at_s: number
  acts: EscalationPart[]
}

/** What happens when, of one deadline (hub/routing/sla/policies.py): warning, breach, and what comes later. */
export function courseOf(policy: SlaPolicyPart, kind: DeadlineKind): CourseStep[] {
  const breach = targetOf(policy, kind)
  if (breach === null) return []
  const own = policy.escalations.filter((one) => one.on === '' || one.on === kind)
  const at = (when: EscalationPart['at']): EscalationPart[] => own.filter((one) => one.at === when)
  const later = [...new Set(own.flatMap((one) => (typeof one.at === 'number' ? [one.at] : [])))].sort((a, b) => a - b)
  const warning = warningOf(policy, breach)
  return [
    ...(warning === null ? [] : [{ name: 'warning' as const, at_s: warning, acts: at('warning') }]),
    { name: 'breach', at_s: breach, acts: at('breach') },
    ...later.map((seconds) => ({ name: 'late' as const, at_s: breach + seconds, acts: at(seconds) })),
  ]
}

/** When a deadline is warned of, in used seconds; null: not before it is over. */
export function warningOf(policy: SlaPolicyPart, target: number): number | null {
  const warning = target * policy.warn_at
  return warning > 0 && warning < target ? warning : null
}

/** How long before their end deadlines are warned of, each length once, the shortest first. */
export function warnedBefore(policy: SlaPolicyPart): number[] {
  const left = deadlinesOf(policy).flatMap((kind) => {
    const target = targetOf(policy, kind) ?? 0
    const warning = warningOf(policy, target)
    return warning === null ? [] : [Math.round(target - warning)]
  })
  return [...new Set(left)].sort((a, b) => a - b)
}

/** What a contact is known by, as policies ask for it. */
export interface Asked {
  queue: string
  tier: string
  channel: string
}

/** The first policy that applies; the tier is the one that agents are shown. */
export function policyFor(setup: SetupDocument, { queue, tier, channel }: Asked): SlaPolicyPart | undefined {
  const shown = setup.tiers.find((one) => one.key === tier)?.agents_see || tier
  const fits = (list: string[], key: string): boolean => list.length === 0 || list.includes(key)
  return setup.sla_policies.find((one) => fits(one.queues, queue) && fits(one.tiers, shown) && fits(one.channels, channel))
}
