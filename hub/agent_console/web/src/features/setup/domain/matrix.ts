import type { AgentEntry, SetupAgent, SetupDocument } from '@/shared/api/setup_types'

/** One agent of the matrix; `id` "": named in the set-up, but no user yet. */
export interface Row {
  id: string
  email: string
  name: string
  teams: string[]
  /** What they have where the set-up does not name them. */
  has: AgentEntry
}

const NOTHING: AgentEntry = { profile: '', skills: {} }

/** Every agent, and whom the set-up names without being one, by name. */
export function rowsOf(setup: SetupDocument, agents: SetupAgent[]): Row[] {
  const known = new Set(agents.map((agent) => agent.email.toLowerCase()))
  const rows = agents.map((agent): Row => ({
    id: agent.id, email: agent.email, name: agent.name, teams: agent.teams, has: { profile: agent.profile, skills: agent.skills },
  }))
  const strangers = Object.keys(setup.agents).filter((email) => !known.has(email.toLowerCase()))
  return [...rows, ...strangers.map((email): Row => ({ id: '', email, name: email, teams: [], has: NOTHING }))]
}

const keyOf = (setup: SetupDocument, email: string): string | undefined => {
  if (Object.hasOwn(setup.agents, email)) return email
  return Object.keys(setup.agents).find((one) => one.toLowerCase() === email.toLowerCase())
}

/** What an agent has whom the set-up does not name, as far as there are such skills: a retired one goes from everybody. */
function hasOf(setup: SetupDocument, row: Row): AgentEntry {
  const known = new Set(setup.skills.map((skill) => skill.key))
  return { profile: row.has.profile, skills: Object.fromEntries(Object.entries(row.has.skills).filter(([skill]) => known.has(skill))) }
}

/** What the set-up gives an agent; where it does not name them, what they have. */
export function entryOf(setup: SetupDocument, row: Row): AgentEntry {
  const key = keyOf(setup, row.email)
  return key === undefined ? hasOf(setup, row) : setup.agents[key]!
}

const same = (one: AgentEntry, other: AgentEntry): boolean =>
  one.profile === other.profile &&
  Object.keys(one.skills).length === Object.keys(other.skills).length &&
  Object.entries(one.skills).every(([skill, grade]) => other.skills[skill] === grade)

/** Write an agent's entry. Where it is again what it was, nothing is left of the change. */
function write(setup: SetupDocument, before: SetupDocument, row: Row, entry: AgentEntry): void {
  const key = keyOf(setup, row.email) ?? row.email
  if (keyOf(before, row.email) === undefined && same(entry, hasOf(setup, row))) delete setup.agents[key]
  else setup.agents[key] = entry
}

/** `grade` 0: the agent has not got the skill. */
export function setGrade(setup: SetupDocument, before: SetupDocument, row: Row, skill: string, grade: number): void {
  const entry = entryOf(setup, row)
  const skills = Object.fromEntries(Object.entries(entry.skills).filter(([key]) => key !== skill))
  if (grade > 0) skills[skill] = grade
  write(setup, before, row, { profile: entry.profile, skills })
}

export function setProfile(setup: SetupDocument, before: SetupDocument, row: Row, profile: string): void {
  write(setup, before, row, { profile, skills: { ...entryOf(setup, row).skills } })
}

/** A skill goes from every agent and every skill step. */
export function removeSkill(setup: SetupDocument, key: string): void {
  setup.skills = setup.skills.filter((skill) => skill.key !== key)
  Object.values(setup.agents).forEach((entry) => delete entry.skills[key])
  setup.queues.forEach((queue) => queue.requires.forEach((step) => delete step.skills[key]))
}

export interface Window {
  first: number
  last: number
}

/** Rows worth drawing: those in sight and some on both sides. */
export function windowOf(scrolled: number, height: number, rowHeight: number, count: number, beside = 8): Window {
  const first = Math.max(0, Math.floor(scrolled / rowHeight) - beside)
  return { first, last: Math.min(count, Math.ceil((scrolled + height) / rowHeight) + beside) }
}

export interface Cell {
  row: number
  column: number
}

/** Where a key leads to from a cell; null: out of the grid. Column 0 is the profile. */
export function step(key: string, at: Cell, size: { rows: number; columns: number }, page: number): Cell | null {
  const row = (to: number): Cell => ({ row: Math.min(Math.max(to, 0), size.rows - 1), column: at.column })
  const column = (to: number): Cell => ({ row: at.row, column: Math.min(Math.max(to, 0), size.columns - 1) })
  switch (key) {
    case 'ArrowUp': return row(at.row - 1)
    case 'ArrowDown': return row(at.row + 1)
    case 'Enter': return row(at.row + 1)
    case 'ArrowLeft': return column(at.column - 1)
    case 'ArrowRight': return column(at.column + 1)
    case 'Home': return column(0)
    case 'End': return column(size.columns - 1)
    case 'PageUp': return row(at.row - page)
    case 'PageDown': return row(at.row + page)
    case 'Tab': return at.column + 1 < size.columns ? column(at.column + 1) : null
    case 'Shift+Tab': return at.column > 0 ? column(at.column - 1) : null
    default: return at
  }
}

/** Where the chosen cell is when other rows are shown: with the same agent; else where it was, within what is there. */
export function cellAfter(at: Cell, before: Row[], rows: Row[], columns: number): Cell {
  const email = before[at.row]?.email
  const found = rows.findIndex((row) => row.email === email)
  return { row: found >= 0 ? found : Math.max(0, Math.min(at.row, rows.length - 1)), column: Math.min(at.column, columns - 1) }
}
