import type { SetupAgent, SetupDocument, TeamPart } from '@/shared/api/setup_types'

export const newTeam = (key: string, zh: string, en: string): TeamPart => ({ key, zh, en, branch: false, region: '', zone: '', sees_all: false, signature: {} })

/** Where a team is named: as long as it is, it cannot go. */
export function usesOfTeam(setup: SetupDocument, key: string): { kind: 'queue' | 'overflow' | 'allocation'; key: string }[] {
  return [
    ...setup.queues.filter((queue) => queue.teams.includes(key)).map((queue) => ({ kind: 'queue' as const, key: queue.key })),
    ...setup.queues.filter((queue) => queue.overflow.some((rule) => rule.team === key)).map((queue) => ({ kind: 'overflow' as const, key: queue.key })),
    ...setup.allocation.rules.filter((rule) => rule.team === key).map((rule) => ({ kind: 'allocation' as const, key: rule.key })),
  ]
}

export const membersOf = (agents: SetupAgent[], key: string): SetupAgent[] => agents.filter((agent) => agent.teams.includes(key))

/** Out of the set-up; its people and what was recorded stay. */
export function retireTeam(setup: SetupDocument, key: string): void {
  setup.teams = setup.teams.filter((team) => team.key !== key)
}
