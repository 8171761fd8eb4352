import type { SetupDocument } from './setup_types'

/** The what-if as the hub sends it (hub/simulation/whatif/shapes.py). */

export interface Measure {
  value: number | null
  low: number | null
  high: number | null
}

export type Figure = 'mean_wait_s' | 'p90_wait_s' | 'service_level' | 'abandoned'
export type Measures = Record<Figure, Measure>

export interface Group {
  channel: string
  by: 'all' | 'tier' | 'queue'
  name: string
  contacts: number
  recorded: Measures
  model: Measures
  changed: Measures | null
  difference: Measures | null
}

export interface Part {
  contacts: number
  mean_wait_s: number | null
  service_level: number | null
}

export interface Course {
  channel: string
  recorded: Part[]
  model: Part[]
  changed: Part[] | null
}

export interface Note {
  code: string
  side: string
  name: string
  count: number
  skills: Record<string, number>
}

export interface Occupancy {
  recorded: Measure
  model: Measure
  changed: Measure | null
  difference: Measure | null
}

export interface ReplayAnswer {
  zone: string
  begins: string
  ends: string
  runs: number
  contacts: number
  forecast: { days: string[]; volume: number } | null
  step_s: number
  groups: Group[]
  courses: Course[]
  occupancy: Occupancy | null
  notes: Note[]
}

export interface HalfHour {
  start: string
  contacts: number
  load: number
  guess: number
  agents: number
  there: number
  service_level: Measure | null
}

export interface StaffAnswer {
  zone: string
  queue: string
  goal: number
  within_s: number | null
  days: string[]
  volume: number
  half_hours: HalfHour[]
  not_staffed_s: Record<string, number>
}

export interface Progress {
  step: 'start' | 'read' | 'play' | 'staff'
  share: number | null
  left_s: number | null
}

/** One line of the answer: progress, and last an answer or a problem. */
export interface Line<T> {
  progress?: Progress
  answer?: T
  problem?: { code: string; message: string }
}

export interface Named {
  id: string
  zh: string
  en: string
}

export interface Choices {
  zone: string
  today: string
  first_day: string | null
  tiers: Named[]
  queues: (Named & { targets: Record<string, Record<string, number>> })[]
  teams: Named[]
  skills: Named[]
  agents: { id: string; name: string; skills: Record<string, number> }[]
  /** There are others than these first by name. */
  more_agents: boolean
  live_channels: string[]
  most_days: number
}

export interface PeriodBody {
  first?: string
  last?: string
  forecast?: { day: string; weeks: number; volume: number }
}

export interface ReplayBody {
  period: PeriodBody
  targets: { tier: string; channel: string; seconds: number; queue: string }[]
  staff: { count: number; queue: string; team: string; begins: string; ends: string }[]
  skills: { agent_id: string; skill: string; grade: number }[]
  runs: number
  /** A whole set-up as a draft, put before the other changes; admins only. */
  setup?: SetupDocument
}

export interface StaffBody {
  period: PeriodBody
  queue: string
  goal: number
  within_s: number | null
}
