import type { Callback, CallbackBrief } from './callback_types'
import type { PhoneListBrief } from './phone_list_types'
import type { CallProgress } from './calls'
import type { Deadline } from './deadlines'
import type { Ask, ClosingField, Mentioned } from './desk_types'
import type { JoinedConversation } from './joined_types'
import type { QueueStop } from './queues'
import type { RecordingLive } from './recordings'

export type { Me } from './account'
export type { Ask, ClosingField, Mentioned }

/** Shapes of the hub's console contract (hub/agent_console/protocol.py). Times are ISO 8601 UTC, durations seconds. */

export interface CustomerBrief {
  id: string
  name: string
  tier: string
  language: string | null
  address: string
  kind: string
}

export interface Urgency {
  value: number
  at: string
  target_s: number
  waited_s: number
  running: boolean
  /** The share from which it presses; else the usual one. */
  warn_from?: number
}

export type ContactState =
  | 'queued'
  | 'offered'
  | 'connecting'
  | 'active'
  | 'hold'
  | 'parked'
  | 'wrap_up'
  | 'closed'
  | 'abandoned'
  | 'quarantined'

export interface ContactRow {
  id: string
  version: number
  reference: string
  state: ContactState
  state_since: string
  channel: string
  entry_point_id: string
  queue_id: string
  tier: string
  conversation_id: string
  customer: CustomerBrief
  urgency: Urgency
  enqueued_at: string
  last_message_at: string
  unanswered_since: string | null
  answered_at: string | null
  subject: string | null
  preview: string
  unread: number
  agent_id: string | null
  agent_name: string | null
  wrap_until: string | null
  wrap_extensions: number
  parked_until: string | null
  interrupted_until?: string | null
  /** Its customer is silent: it takes no capacity until they write. */
  reminded_at?: string | null
  priority: number
  ended_as: string | null
  commitment_due_at: string | null
  target_s: number
  language: string | null
  direction: 'in' | 'out'
  call: CallProgress | null
  recording?: RecordingLive | null
  /** Its audio is in the firm's own phone system: held and passed on there. */
  in_pbx?: boolean
  callback?: CallbackBrief | null
  phone_list?: PhoneListBrief | null
  draft_author_id: string | null
  draft_version: number
  /** The most pressing one. */
  deadline?: Deadline | null
  tags?: string[]
  /** When the next answer goes out later; one of them waits for somebody's word. */
  scheduled_at?: string | null
  scheduled_held?: boolean
  /** It closes once what can still be taken back has gone out. */
  closing?: boolean
  /** Its customer proved by a code who they are; it counts before `until`. */
  proof?: { at: string; until: string } | null
}

export interface FileView {
  id: string
  name: string
  media_type: string
  size_bytes: number
  url: string
  inline: boolean
  content_id: string | null
  preview_urls: string[]
}

export type Scalar = string | number | boolean | null
export type Delivery = 'pending' | 'sending' | 'sent' | 'delivered' | 'read' | 'unknown' | 'failed'

export interface Interaction {
  id: string
  conversation_id: string
  seq: number
  contact_id: string | null
  channel: string
  kind: string
  direction: 'in' | 'out' | 'internal'
  author_id: string | null
  author_name: string | null
  client_id: string | null
  text: string
  quoted: string | null
  html: string | null
  subject: string | null
  delivery: Delivery | null
  delivery_detail: string | null
  at: string
  files: FileView[]
  meta: Record<string, unknown>
  has_original?: boolean // the bytes as they came can be looked at
  unanswered?: boolean // on a timeline: its customer still waits for an answer
}

/** An entry in which words were found, and the contact it belongs to. */
export interface FoundEntry {
  id: string
  at: string
  kind: string
  direction: string
  excerpt: string
  contact: ContactRow
}

/** Where an answer goes if nothing is changed; who else got the mail; whom one may mean; where nothing arrives. */
export interface Recipients {
  to: string[]
  cc: string[]
  others?: string[]
  known?: string[]
  undeliverable?: { address: string; since: string; why: string }[]
}

export interface Capabilities {
  reply: boolean
  html: boolean
  subject: boolean
  recipients: boolean
  files: boolean
  live: boolean
  call: boolean
  instant: boolean
  survey: boolean
  pages: boolean // answers go out as pages, to a number
  text_limit: number // characters of one answer; 0: no limit of the channel's own
  parts: boolean // it is sent in parts of a few letters, which are counted
  signs: boolean // a signature stands below an answer
  one_thread: boolean // what is begun goes on with the customer's conversation there
}

export interface Disposition {
  reason_id: string | null
  outcome_id: string | null
  next_action: string | null
  note: string | null
  fields: Record<string, string | number>
}

export interface Segment {
  kind: string
  queue_id: string
  agent_name: string | null
  started_at: string
  ended_at: string | null
}

export interface Why {
  zh: string
  en: string
  details: Record<string, unknown>
}

export interface ContactDetail {
  contact: ContactRow
  entry_point_name: string
  capabilities: Capabilities
  recipients: Recipients
  why: Why | null
  disposition: Disposition
  segments: Segment[]
  last_seq: number
  customer_read_seq: number
  promised_at: string | null
  quarantine_reason: string | null
  raw_file_url: string | null
  survey_score: number | null
  survey_comment: string | null
  deadlines: Deadline[]
  other_open: ContactRow[]
  /** Those of them that may be about the same, by id. */
  same_subject?: string[]
  pending_callback?: Callback | null
  /** The address is one that several can use; `sharers`: who else is known to. */
  may_be_another: boolean
  sharers: CustomerBrief[]
  /** Conversations that go on in this contact. */
  merged: JoinedConversation[]
  merged_into: { merge_id: string; contact_id: string; reference: string; seen: boolean } | null
  /** Messages that were split off another contact into this one. */
  brought: Interaction[]
}

export interface Offer {
  id: string
  contact: ContactRow
  made_at: string
  expires_at: string
  why: Why
  served_you_last: boolean
  last_contact_at: string | null
  may_decline: boolean
  other_open: ContactRow[]
  handed?: { by_name: string; at: string; note: string } | null
  origin?: { zh: string; en: string } | null // where the number is from
}

export interface ChannelLoad {
  channel: string
  open: number
  max: number
  /** Nothing of it is offered since it rings nowhere at the agent's; null: it does. */
  unreached_since: string | null
}

export type StateName = 'offline' | 'ready' | 'not_ready'

export interface AgentView {
  id: string
  name: string
  state: StateName
  reason: string | null
  state_since: string
  next_state: string | null
  overlay: 'idle' | 'ringing' | 'on_contact' | 'wrap_up'
  online: boolean
  load: number
  capacity: number
  channels: ChannelLoad[]
  version: number
}

export interface ServiceLevel {
  channel: string
  value: number | null
  within_s: number
  goal: number
  answered_within: number
  answered: number
  abandoned: number
  short_abandoned: number
}

export interface QueueView {
  id: string
  zh: string
  en: string
  waiting: number
  by_tier: { tier: string; waiting: number }[]
  longest_wait_s: number | null
  longest_contact_id: string | null
  longest_urgency: number | null
  handling: number
  wrapping: number
  parked: number
  agents_ready: number
  agents_idle: number
  service_level: ServiceLevel[]
  answered_today: number
  abandoned_today: number
  mean_wait_s: number | null
  stop: QueueStop | null
}

export interface WaitingSummary {
  waiting: number
  longest_wait_s: number | null
  at: string
}

export interface Commitment {
  id: string
  kind: string
  text: string
  customer_id: string
  customer_name: string
  owner_id: string
  owner_name: string | null
  contact_id: string | null
  made_at: string
  due_at: string
  state: 'open' | 'kept' | 'broken'
}

export interface Board {
  at: string
  queues: QueueView[]
  agents: AgentView[]
  waiting: ContactRow[]
}

export interface Label {
  id: string
  zh: string
  en: string
}

export interface Setup {
  organisation: string
  timezone: string
  tiers: (Label & { chip: boolean; position: number })[]
  queues: (Label & { team_id: string | null; disposition_required: boolean; full_wrap_up: string[]; mine: boolean; stop: QueueStop | null })[]
  reasons: (Label & { parent_id: string | null; queues: string[]; asks: Ask[]; words: string[] })[]
  outcomes: (Label & { asks: Ask[] })[]
  closing_fields: ClosingField[]
  next_actions: Label[]
  not_ready_reasons: Label[]
  decline_reasons: Label[]
  branches: Label[]
  skills: Label[] // retired ones too: what was promised still names them
  entry_points: { id: string; channel: string; address: string; display_name: string; queue_id: string; language: string; capabilities: Capabilities }[]
  tags: (Label & { colour: string; retired: boolean })[]
  panel: string[] // the sections of the side panel, in order
  may_pull: boolean
  opens_originals: boolean
  demo: boolean
}

export interface Colleague {
  id: string
  name: string
  state: StateName
  free: boolean
}

export interface Posted {
  interaction_id: string
  conversation_id: string
  seq: number
  delivery: Delivery | null
}

export interface ReplyBody {
  client_id: string
  text: string
  html?: string | null
  subject?: string | null
  to?: string[] | null
  cc?: string[]
  bcc?: string[]
  attachments?: string[]
  article_ids?: string[]
  draft_version?: number | null
  conversation_id?: string | null
  /** The entry that is forwarded, or whose writer, who was forwarded one, is answered. */
  aside_of?: string | null
  mentions?: Mentioned[] // of a note
}

export interface DispositionBody {
  reason_id: string | null
  outcome_id: string | null
  next_action: string | null
  note: string
  fields?: Record<string, string | number | null>
}

export interface Page<T> {
  items: T[]
  after: string | null
}
