import type { Queue, SetupAgent, SetupDocument, SkillStep } from '@/shared/api/setup_types'
import { entryOf, rowsOf, type Row } from './matrix'

export interface Serving {
  /** Agents of the queue's teams. */
  agents: Row[]
  /** Those of them who meet a skill step, whom a contact reaches first in front; and those who meet none. */
  able: Row[]
  unable: Row[]
  /** How many of them meet each skill step; one step that asks for nothing where there is none. */
  steps: { step: SkillStep; count: number }[]
}

const ANYBODY: SkillStep = { skills: {}, for_s: null }

/** Who can serve a queue, now and as its skill steps relax. */
export function servingOf(setup: SetupDocument, agents: SetupAgent[], queue: Queue): Serving {
  const members = rowsOf(setup, agents).filter((row) => row.id !== '' && row.teams.some((team) => queue.teams.includes(team)))
  const meets = (row: Row, step: SkillStep): boolean => {
    const { skills } = entryOf(setup, row)
    return Object.entries(step.skills).every(([skill, grade]) => (skills[skill] ?? 0) >= grade)
  }
  const steps = queue.requires.length > 0 ? queue.requires : [ANYBODY]
  const first = new Map(members.map((row) => [row, steps.findIndex((step) => meets(row, step))]))
  const able = members.filter((row) => first.get(row)! >= 0).sort((one, two) => first.get(one)! - first.get(two)!)
  return {
    agents: members,
    able,
    unable: members.filter((row) => first.get(row)! < 0),
    steps: steps.map((step) => ({ step, count: members.filter((row) => meets(row, step)).length })),
  }
}

/** How many can serve it in the end: by the last step, which has no end. */
export const inTheEnd = (serving: Serving): number => serving.steps.at(-1)?.count ?? 0

/** The queue with who helps a single contact in its hours, too: they are asked before it is said that nobody can serve it. */
export function withHelpers(setup: SetupDocument, queue: Queue): Queue {
  const rules = queue.overflow.filter((rule) => rule.over_waiting <= 1 && !rule.when_closed)
  const helpers = rules.flatMap((rule) => (rule.team ? [rule.team] : (setup.queues.find((one) => one.key === rule.queue)?.teams ?? [])))
  return { ...queue, teams: [...new Set([...queue.teams, ...helpers])] }
}
