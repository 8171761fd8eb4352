/** Phone lists (hub/phone_lists): calls to many of our own accord, in a queue of their own. */
import { http, query } from './http'
import type { ListMode, ListResult, SkipReason } from './phone_list_types'
import type { Page } from './types'

export type ListState = 'draft' | 'running' | 'paused' | 'done' | 'stopped'
export type CalleeState = 'listed' | 'due' | 'queued' | 'calling' | 'done' | 'given_up' | 'suppressed' | 'held_out'
export type Act = 'pause' | 'resume' | 'stop'
/** How an attempt may end that is made again; each after its own time. */
export const GAPS = ['no_answer', 'busy', 'machine', 'failed', 'skipped'] as const
export type Gap = (typeof GAPS)[number]

export interface PhoneListLine {
  key: string
  zh: string
  en: string
  purpose: string
  mode: ListMode
  state: ListState
  starts_at: string
  ends_at: string
  started_at: string | null
  finished_at: string | null
  made_by_name: string | null
  people: Partial<Record<CalleeState, number>>
  version: number
  queue_id: string
}

export interface ListArm {
  key: string
  share: number
  holdout: boolean
}

/** What is said of a list, but for what its line says too. */
export interface PhoneListTerms {
  entry_point_id: string
  group_key: string | null
  customer_ids: string[]
  material: string | null
  /** "HH:MM" on the customer's own clock. */
  window_from: string
  window_until: string
  /** Of the ISO week, 1 is Monday. */
  days: number[]
  attempts: number
  /** Seconds until the next attempt; what is not named has the hub's own. */
  gaps: Partial<Record<Gap, number>>
  preview_s: number
  /** The share of answered calls, in thousandths, that may be abandoned. */
  abandon_permille: number
  detects_machines: boolean
  script_zh: string
  script_en: string
  arms: ListArm[]
}

export interface PhoneListBody extends PhoneListTerms {
  version: number
  zh: string
  en: string
  purpose: string
  mode: ListMode
  queue_id: string
  starts_at: string | null
  ends_at: string
}

export interface PhoneList extends PhoneListTerms {
  line: PhoneListLine
  filling: boolean
  paused_why: 'sender_gone' | 'queue_gone' | null
  /** Progressive, and the limit of abandoned calls leaves room now. */
  dials_itself: boolean
  asks_first: AsksFirst
}

/** What is said before the agent; then agents press a key for each call. */
export type AsksFirst = '' | 'notice' | 'consent'
export interface ListOpening {
  asks: AsksFirst
  /** The words, by language. */
  said: Record<string, string>
}

export interface ListCounts {
  people: number
  looked_at: number
  reach: number
  held_out: number
  later: Record<string, number>
  suppressed: Record<string, number>
  confirm: boolean
}

export interface Callee {
  customer_id: string
  name: string | null
  arm: string
  state: CalleeState
  reason: string | null
  due_at: string | null
  attempts: number
  last_at: string | null
  last_result: string | null
  contact_id: string | null
  /** Its time was agreed with them. */
  agreed: boolean
}

export interface ListArmReport {
  key: string
  share: number
  holdout: boolean
  people: number
  remaining: number
  dialled: number
  answered_human: number
  answered_machine: number
  not_answered: number
  reached: number
  abandoned: number
  results: Record<string, number>
  talk_s: number
  reached_rate: { good: number; rate: number | null; low: number | null; high: number | null }
}

/** Calls that somebody answered and no agent joined in time; `limit` and `rate` are shares. */
export interface Abandonment {
  days: number
  answered: number
  abandoned: number
  in_flight: number
  rate: number | null
  limit: number
  /** How many calls the hub may have going by itself now. */
  room: number
}

export interface ListReport {
  arms: ListArmReport[]
  total: ListArmReport
  suppressed: Record<string, number>
  abandonment: Abandonment
}

const at = (key: string): string => `/phone-lists/${encodeURIComponent(key)}`
export const listPhoneLists = (after: string | null = null): Promise<Page<PhoneListLine>> => http.get<Page<PhoneListLine>>(`/phone-lists${query({ after, limit: 30 })}`)
export const getPhoneList = (key: string): Promise<PhoneList> => http.get<PhoneList>(at(key))
export const putPhoneList = (key: string, body: PhoneListBody): Promise<PhoneList> => http.put<PhoneList>(at(key), body)
export const deletePhoneList = (key: string): Promise<void> => http.delete<void>(at(key))
export const countPhoneList = (key: string): Promise<ListCounts> => http.post<ListCounts>(`${at(key)}/count`)
/** `version`: the one that was counted; another one is not started. */
export const startPhoneList = (key: string, version: number, confirmed: number | null): Promise<PhoneList> => http.post<PhoneList>(`${at(key)}/start`, { version, confirmed })
export const getListOpening = (entryPointId: string, queueId: string): Promise<ListOpening> => http.get<ListOpening>(`/phone-list-opening${query({ entry_point_id: entryPointId, queue_id: queueId })}`)
export const actOnPhoneList = (key: string, act: Act): Promise<PhoneList> => http.post<PhoneList>(`${at(key)}/${act}`)
export const listCallees = (key: string, state: string, after: string | null = null): Promise<Page<Callee>> => http.get<Page<Callee>>(`${at(key)}/people${query({ state, after, limit: 30 })}`)
export const getListReport = (key: string): Promise<ListReport> => http.get<ListReport>(`${at(key)}/report`)
export const reportFile = (key: string): string => `/api/v1${at(key)}/report.csv`

/** A number that no list calls. */
export interface NeverCalled {
  number: string
  source: string
  added_at: string
  added_by_name: string | null
}
export interface NeverAdded {
  added: number
  known: number
  wrong: string[]
}
export const listNeverCalled = (after: string | null = null): Promise<Page<NeverCalled>> => http.get<Page<NeverCalled>>(`/do-not-call${query({ after, limit: 50 })}`)
export const addNeverCalled = (numbers: string[], source: string): Promise<NeverAdded> => http.post<NeverAdded>('/do-not-call', { numbers, source })
export const dropNeverCalled = (number: string): Promise<void> => http.delete<void>(`/do-not-call/${encodeURIComponent(number)}`)

/** A number of a customer, as its reader may see it. */
export interface CalleeNumber {
  identity_id: string
  number: string
}
const call = (contactId: string): string => `/contacts/${contactId}/list-call`
/** At which numbers they can be called. */
export const listNumbers = (contactId: string): Promise<{ numbers: CalleeNumber[] }> => http.get<{ numbers: CalleeNumber[] }>(call(contactId))
/** Call now; another of their numbers where one is named. */
export const dialListed = (contactId: string, identityId: string | null): Promise<void> => http.post<void>(`${call(contactId)}/dial`, { identity_id: identityId })
export const skipListed = (contactId: string, reason: SkipReason): Promise<void> => http.post<void>(`${call(contactId)}/skip`, { reason })
/** What came of it; `callAt` is needed for `call_later`. */
export const putResult = (contactId: string, result: ListResult, callAt: string | null = null): Promise<void> => http.put<void>(`${call(contactId)}/result`, { result, at: callAt })
