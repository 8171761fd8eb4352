/** The business set-up as one document (hub/setup/model.py). Durations are seconds, lists by tier follow `tiers`. */

import type { DocumentFault } from './errors'
import type { KeepPart, QueueKeep } from './keeping_types'
import type { Condition } from './value'
import type { CapacityPart, OfferPart, ProfilePart, StickyPart } from './work_types'

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
  recording: QueueRecording
  /** Whether supervisors listen to its calls unseen by the agent; null: as for all calls. */
  listen_unseen: boolean | null
  /** How long what was said in it is kept; null: as for all. */
  keep: QueueKeep
}

/** How calls of a queue are recorded, and how long recordings and messages are kept. */
export interface QueueRecording {
  mode: 'off' | 'notice' | 'consent'
  keep_days: number
  remind_s: number
  pause_on_hold: boolean
}

/** `zh`, `en`: what they are called, "" both: by their key. */
export interface HoursParts {
  week: string
  zone: string
  calendar: string
  zh: string
  en: string
}

/** A week in words, with a name, a zone and holidays of its own where it has them; `calendar` names the holidays of all. */
export type Hours = Record<string, string | HoursParts>

export interface AgentEntry {
  profile: string
  skills: Record<string, number>
}

/** A branch has customers of its own; `region` and `zone` are where it is, "" unsaid. `signature`: of its agents' mails, by language. */
export interface TeamPart extends Named {
  branch: boolean
  region: string
  zone: string
  sees_all: boolean
  signature: Record<string, string>
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

/** A link of the side panel; `channels`, `queues`: of which contacts it is shown, [] of all. */
export interface PanelLink extends Named {
  url: string
  channels: string[]
  queues: string[]
}

/** Sections that were put in order, the others follow as usual; those that are not shown. */
export interface SidePanel {
  order: string[]
  hidden: string[]
  links: PanelLink[]
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

export type DeadlineKind = 'first_reply' | 'next_reply' | 'resolution'
export type EscalationAct = 'raise_priority' | 'notify' | 'move' | 'assign'

/** What is done at a step of a deadline: its warning, its breach, or so many seconds after it. `on`: the deadline, "" each. */
export interface EscalationPart {
  at: 'warning' | 'breach' | number
  action: EscalationAct
  on: '' | DeadlineKind
  /** "owner", "supervisors" or a mail address; the queue; the agent's mail address. */
  to: string
  priority: number
}

/** Deadlines of contacts; the first policy that applies counts. Lists: [] any; `hours` "": those of the contact's queue. */
export interface SlaPolicyPart extends Named {
  queues: string[]
  tiers: string[]
  channels: string[]
  first_reply_s: number | null
  next_reply_s: number | null
  resolution_s: number | null
  hours: string
  /** Share of 0 to 1. */
  warn_at: number
  pause_parked: boolean
  reopen_s: number
  escalations: EscalationPart[]
}

/** When a console counts as gone, and when what its agent has returns, by channel. */
export interface PresencePart {
  lost_s: number
  supervisors_read_unseen: boolean
  supervisors_listen_unseen: boolean
  return_s: ByChannel
}

/** From when on a customer in somebody's hands counts as kept waiting, in seconds of the clock. */
export interface NextReply {
  warn: number
  late: number
}

export type PrivacyPart = { hide_card_numbers: boolean; originals: 'agent' | 'supervisor' | 'admin'; keep: KeepPart } & Record<string, unknown>

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
  profiles: Record<string, ProfilePart>
  wrap_up: { limit_s: ByChannel; mode: Record<string, WrapUpMode> } & Record<string, unknown>
  callback: CallbackRules | null
  capacity: CapacityPart
  sticky: StickyPart
  entry_points: EntryPointPart[]
  reasons: ReasonPart[]
  outcomes: OutcomePart[]
  closing_fields: ClosingFieldPart[]
  next_actions: Named[]
  not_ready_reasons: Named[]
  decline_reasons: Named[]
  canned: { key: string; queues: string[] }[]
  sla_policies: SlaPolicyPart[]
  next_reply_s: Record<string, NextReply>
  presence: PresencePart
  offer: OfferPart
  privacy: PrivacyPart
  agents: Record<string, AgentEntry>
  value: ValueRules
  allocation: Allocation
  plans: PlanTemplate[]
  /** By template and language. */
  templates: Record<string, Record<string, TemplateWords>>
  side_panel: SidePanel
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
export type SetupProblem = DocumentFault

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
