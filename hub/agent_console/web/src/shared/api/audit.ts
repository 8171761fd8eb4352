import { http, query } from './http'
import type { Page } from './types'

/** One line of the audit log (hub/accounts/audit.py). */
export interface AuditLine {
  id: string
  at: string
  actor_name: string
  via: string
  address: string
  action: string
  object_kind: string
  object_id: string
  detail: Record<string, string | number | boolean | null>
}

/** How the log and its chain can differ (hub/accounts/chain/model.py). */
export const DIFFERENCES = [
  'link_missing',
  'link_changed',
  'line_missing',
  'line_changed',
  'line_added',
  'gone_untold',
  'gone_differs',
  'head_differs',
  'noted_differs',
] as const

/** How far the log is checked: `seq` of `until_seq` lines hold so far; `head` is to be noted elsewhere. */
export interface ChainStanding {
  lines: number
  head: string
  seq: number
  at: string | null
  until_seq: number
  done: boolean
  broken: { what: (typeof DIFFERENCES)[number]; seq: number; at: string | null; action: string; line_id: string } | null
  by_name: string | null
  begun_at: string | null
  looked_at: string | null
}

export const listAudit = (after: string | null): Promise<Page<AuditLine>> => http.get<Page<AuditLine>>(`/audit${query({ after })}`)
export const showChain = (): Promise<ChainStanding> => http.get<ChainStanding>('/audit/chain')
/** Looks for a second or two; `anew`: from the first line on. To be asked again until it is done. */
export const lookAtChain = (anew: boolean): Promise<ChainStanding> => http.post<ChainStanding>('/audit/chain/look', { anew })
