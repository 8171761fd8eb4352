/** Campaigns (hub/campaigns/views.py): mails to many of our own accord. */
import { http, query } from './http'
import type { Page } from './types'

export type CampaignState = 'draft' | 'running' | 'paused' | 'done' | 'stopped'
export type PersonState = 'listed' | 'due' | 'sent' | 'held_out' | 'failed' | 'suppressed'
export type Act = 'pause' | 'resume' | 'stop'

export interface Mail {
  subject: string
  text: string
}

export interface Arm {
  key: string
  share: number
  holdout: boolean
  texts: Record<string, Mail>
}

export interface CampaignLine {
  key: string
  zh: string
  en: string
  purpose: 'marketing' | 'survey'
  channel: string
  state: CampaignState
  starts_at: string
  ends_at: string
  started_at: string | null
  finished_at: string | null
  made_by_name: string | null
  people: Partial<Record<PersonState, number>>
  version: number
}

export interface Campaign {
  line: CampaignLine
  entry_point_id: string
  group_key: string | null
  customer_ids: string[]
  material: string | null
  survey_key: string | null
  result_days: number
  pace_per_hour: number
  filling: boolean
  /** Why the hub itself paused it. */
  paused_why: 'sender_gone' | 'undelivered' | null
  arms: Arm[]
}

export interface CampaignBody {
  zh: string
  en: string
  purpose: 'marketing' | 'survey'
  entry_point_id: string
  group_key: string | null
  customer_ids: string[]
  material: string | null
  survey_key: string | null
  starts_at: string | null
  ends_at: string
  result_days: number
  pace_per_hour: number
  arms: Arm[]
  version: number
}

/** Whom it would reach now; of fewer `looked_at` than `people` the rest is of a sample. */
export interface Counts {
  people: number
  looked_at: number
  reach: number
  held_out: number
  later: Record<string, number>
  suppressed: Record<string, number>
  confirm: boolean
}

export interface CampaignPerson {
  customer_id: string
  name: string | null
  arm: string
  state: PersonState
  reason: string | null
  due_at: string | null
  at: string | null
  result: 'ordered' | 'answered' | 'replied' | null
  replied_at: string | null
  answered_at: string | null
  score: number | null
  ordered_at: string | null
}

export interface Share {
  good: number
  rate: number | null
  low: number | null
  high: number | null
}

export interface ArmReport {
  key: string
  share: number
  holdout: boolean
  n: number
  failed: number
  waiting: number
  suppressed: number
  replied: Share
  answered: Share
  ordered: Share
  mean_score: number | null
  against: { difference: number; low: number; high: number } | null
}

export interface Report {
  arms: ArmReport[]
  suppressed: Record<string, number>
  collected_at: string | null
}

export interface CustomerGroup {
  key: string
  zh: string
  en: string
  counting: boolean
  members: number
  more: boolean
}

const at = (key: string): string => `/campaigns/${encodeURIComponent(key)}`
export const listCampaigns = (after: string | null = null): Promise<Page<CampaignLine>> =>
  http.get<Page<CampaignLine>>(`/campaigns${query({ after, limit: 30 })}`)
export const getCampaign = (key: string): Promise<Campaign> => http.get<Campaign>(at(key))
export const putCampaign = (key: string, body: CampaignBody): Promise<Campaign> => http.put<Campaign>(at(key), body)
export const deleteCampaign = (key: string): Promise<void> => http.delete<void>(at(key))
export const countCampaign = (key: string): Promise<Counts> => http.post<Counts>(`${at(key)}/count`)
/** `version`: the one that was counted; another one is not started. */
export const startCampaign = (key: string, version: number, confirmed: number | null): Promise<Campaign> =>
  http.post<Campaign>(`${at(key)}/start`, { version, confirmed })
export const actOnCampaign = (key: string, act: Act): Promise<Campaign> => http.post<Campaign>(`${at(key)}/${act}`)
export const listPeople = (key: string, state: string, after: string | null = null): Promise<Page<CampaignPerson>> =>
  http.get<Page<CampaignPerson>>(`${at(key)}/people${query({ state, after, limit: 30 })}`)
export const getReport = (key: string): Promise<Report> => http.get<Report>(`${at(key)}/report`)
export const listGroups = (): Promise<CustomerGroup[]> => http.get<CustomerGroup[]>('/groups')
