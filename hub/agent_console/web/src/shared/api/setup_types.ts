/** The business set-up as one document (hub/setup/model.py). Durations are seconds, lists by tier follow `tiers`. */

import type { Condition } from './value'

export interface Named {
  key: string
  zh: string
  en: string
}

export interface Tier extends Named {
  chip: boolean
  /** What agents are shown instead; "": itself. */
  agents_see: string
}

export interface Skill extends Named {
  /** It stands for speaking this language ("fr"). */
  language: string
}

export interface Level {
  within_s: number
  /** Share of 0 to 1. */
  goal: number
}

export type ByChannel = Record<string, number>

export type WrapUpMode = 'none' | 'timed' | 'full' | 'until_closed'

export interface CallbackRules {
  mode: 'agent_first' | 'customer_first'
  offer_over_s: number
  after_hours: boolean
  attempts: number
  first_delay_s: number
  gap_s: number
  window: string
  abandoned_for: string[]
  abandoned_over_s: number
  voicemail: boolean
}

export type QueueCallback = { enabled: boolean } & { [name in keyof CallbackRules]: CallbackRules[name] | null }

export interface ReserveRule {
  keep: number
  channel: string
  tiers: string[]
}

export interface OverflowRule {
  team: string
  queue: string
  after_s: number
  over_waiting: number
  when_closed: boolean
  when_nobody: boolean
  own_first: boolean
}

export interface SkillStep {
  skills: Record<string, number>
  /** null: no end. */
  for_s: number | null
}

export interface Queue extends Named {
  teams: string[]
  hours: string
  strict: boolean
  urgent: boolean
  target_s: Record<string, number[]>
  service_level: Record<string, Level>
  cap_s: ByChannel
  public_promise_s: ByChannel
  short_abandon_s: ByChannel
  wrap_up_s: ByChannel
  wrap_up_mode: Record<string, WrapUpMode>
  reserve: ReserveRule[]
  requires: SkillStep[]
  overflow: OverflowRule[]
  language_grade: number
  disposition_required: boolean
  survey: boolean
  callback: QueueCallback | null
}

export interface HoursParts {
  week: string
  zone: string
  calendar: string
}

/** A week in words, with its own zone and holidays where it has them; `calendar` names the holidays of all. */
export type Hours = Record<string, string | HoursParts>

export interface AgentEntry {
  profile: string
  skills: Record<string, number>
}

/** A branch has customers of its own; `region` and `zone` are where it is, "" unsaid. */
export interface TeamPart extends Named {
  branch: boolean
  region: string
  zone: string
  sees_all: boolean
}

/** `settings`: the channel's own part; what is not in it is as usual. Secrets are stand-ins. */
export interface EntryPointPart {
  key: string
  channel: string
  address: string
  queue: string
  name: string
  language: string
  region: string
  acknowledges: boolean
  hours: string
  settings: Record<string, unknown>
}

/** Who gets a new customer: a user by mail address, or whose turn it is in a team. `when` null: whoever comes. */
export interface AllocationRule extends Named {
  when: Condition | null
  user: string | null
  team: string | null
  by: 'round_robin' | 'least_loaded'
  touch_within_minutes: number
  /** Whose open time counts; null: the clock. */
  hours: string | null
}

/** `touch_within_minutes`: where somebody is given a customer by hand. */
export interface Allocation {
  rules: AllocationRule[]
  absent: string[]
  absent_after_hours: number
  touch_within_minutes: number
}

/** What is done with every customer of a class, once. `when` null: with all. */
export interface PlanTemplate extends Named {
  when: Condition | null
  steps: Named[]
  every_days: number
  within_days: number
  owner: 'owner' | 'supervisor'
}

/** What closing asks for: note, next_action, product, commitment, or the key of a closing field. */
export interface AskPart {
  field: string
  required: boolean
}

/** Why customers come. `code`: what contacts know it by; "": the keys on the way to it. */
export interface ReasonPart extends Named {
  code: string
  queues: string[]
  complaint: boolean
  asks: AskPart[]
  children: ReasonPart[]
}

export interface OutcomePart extends Named {
  asks: AskPart[]
}

export type FieldKind = 'text' | 'number' | 'date' | 'choice'

export interface ClosingFieldPart extends Named {
  kind: FieldKind
  unit: string
  longest: number
  least: number | null
  most: number | null
  choices: Named[]
}

/** How many contacts have it, at most `most` of the answer and one; retired ones are among them. */
export interface UsedLine {
  id: string
  zh: string
  en: string
  parent_id: string | null
  retired: boolean
  used: number
}

export interface Used {
  reasons: UsedLine[]
  outcomes: UsedLine[]
  next_actions: UsedLine[]
  not_ready_reasons: UsedLine[]
  decline_reasons: UsedLine[]
  most: number
}

/** What a text of the hub's own says in one language; "": as usual. */
export interface TemplateWords {
  subject: string
  body: string
}

/** By what the tier runs count; shares are 0 to 1. */
export type ValueRules = { currency: string; window_days: number; margin: number; nightly: boolean; run_at: string } & Record<string, unknown>

/** What these pages do not change is carried along as it came. */
export interface SetupDocument {
  organisation: string
  timezone: string
  tiers: Tier[]
  default_tier: string
  target_s: Record<string, number[]>
  queues: Queue[]
  teams: TeamPart[]
  hours: Hours
  special_days: Record<string, string>
  skills: Skill[]
  service_level: Record<string, Level>
  short_abandon_s: ByChannel
  cap_s: ByChannel
  cap_every: number
  public_promise_s: ByChannel
  profiles: Record<string, Record<string, number>>
  wrap_up: { limit_s: ByChannel; mode: Record<string, WrapUpMode> } & Record<string, unknown>
  callback: CallbackRules | null
  capacity?: { cost: ByChannel; max: ByChannel } & Record<string, unknown>
  entry_points: EntryPointPart[]
  reasons: ReasonPart[]
  outcomes: OutcomePart[]
  closing_fields: ClosingFieldPart[]
  next_actions: Named[]
  not_ready_reasons: Named[]
  decline_reasons: Named[]
  canned: { key: string; queues: string[] }[]
  sla_policies: (Named & { queues: string[]; tiers: string[]; hours: string; escalations: { action: string; to: string }[] })[]
  agents: Record<string, AgentEntry>
  value: ValueRules
  allocation: Allocation
  plans: PlanTemplate[]
  /** By template and language. */
  templates: Record<string, Record<string, TemplateWords>>
}

export interface Version {
  id: number
  made_at: string
  made_by: { id: string; name: string } | null
  source: 'file' | 'page' | 'restored'
  note: string
  restored_from: number | null
}

/** One place that differs, by keys ("queues.support.target_s.phone"); values are JSON, cut when long, null: not there. */
export interface ChangeDetail {
  path: string
  before: string | null
  after: string | null
}

export interface ChangeLines {
  added: string[]
  changed: string[]
  retired: string[]
  warnings: string[]
  details: ChangeDetail[]
  /** How many places are left out of `details`. */
  more: number
}

export interface VersionItem extends Version {
  changes: ChangeLines
}

export interface StoredSetup {
  version: Version
  setup: SetupDocument
}

/** What is wrong, and where: "queues[0].teams". */
export interface SetupProblem {
  path: string
  message: string
}

export interface Checked {
  problems: SetupProblem[]
  changes: ChangeLines | null
  /** What is in force now: it may be newer than the one that was changed. */
  version: Version
}

export interface Saved {
  version: Version
  changes: ChangeLines
}

export interface SetupAgent {
  id: string
  email: string
  name: string
  teams: string[]
  profile: string
  skills: Record<string, number>
  in_setup: boolean
}
