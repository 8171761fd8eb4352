import type { AllocationRule, Named, PlanTemplate, SetupDocument, SetupProblem } from '@/shared/api/setup_types'

export const MOST_RULES = 50
export const MOST_PLANS = 50
export const MOST_STEPS = 30
const MINUTE_S = 60
const USUAL_MINUTES = 240

export const newAllocationRule = (named: Named, team: string): AllocationRule => ({
  ...named, when: null, user: null, team: team || null, by: 'least_loaded', touch_within_minutes: USUAL_MINUTES, hours: null,
})

export const newPlan = (named: Named): PlanTemplate => ({ ...named, when: null, steps: [], every_days: 7, within_days: 90, owner: 'owner' })

/** "team:front" or "user:li@x.test"; "" for nobody yet. */
export const receiverOf = (rule: AllocationRule): string => (rule.user ? `user:${rule.user}` : rule.team ? `team:${rule.team}` : '')

/** Either of them: a rule that says both is refused. */
export function setReceiver(rule: AllocationRule, receiver: string): void {
  const [kind = '', ...rest] = receiver.split(':')
  const name = rest.join(':') || null
  rule.user = kind === 'user' ? name : null
  rule.team = kind === 'team' ? name : null
}

export const secondsOf = (minutes: number): number => minutes * MINUTE_S
export const minutesOf = (seconds: number): number => Math.round(seconds / MINUTE_S)

/** So many days the steps take at least, one after the other. */
export const leastDays = (plan: PlanTemplate): number => plan.every_days * plan.steps.length

/** What the check says of a rule about customers, by paths as the rule itself has them. */
export function ruleProblems(problems: SetupProblem[], path: string, words: (one: SetupProblem) => string): { path: string; message: string }[] {
  return problems.map((one) => ({ path: `rule${one.path.slice(path.length)}`, message: words(one) }))
}

/** Addresses are the same in any spelling of letters. */
export const isAddress = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** Where hours are named by the allocation. */
export const allocatedBy = (setup: SetupDocument, hours: string): AllocationRule[] => setup.allocation.rules.filter((rule) => rule.hours === hours)
