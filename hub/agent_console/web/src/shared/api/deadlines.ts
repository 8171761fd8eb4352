import { http } from './http'
import type { Page } from './types'

/** A deadline of an SLA policy: used time goes on from `at` while it is running. */
export interface Deadline {
  kind: 'first_reply' | 'next_reply' | 'resolution'
  zh: string
  en: string
  at: string
  target_s: number
  warn_s: number
  used_s: number
  running: boolean
  paused: boolean
  due_at: string | null
  breached_at: string | null
}

/** One deadline of one SLA policy today; `share` is met ÷ (met + breached). */
export interface PolicyToday {
  policy_id: string
  zh: string
  en: string
  kind: Deadline['kind']
  target_s: number | null
  met: number
  breached: number
  open: number
  /** Open, and past the warning. */
  warned: number
  share: number | null
}

export const getSlaToday = (): Promise<Page<PolicyToday>> => http.get<Page<PolicyToday>>('/board/sla')
