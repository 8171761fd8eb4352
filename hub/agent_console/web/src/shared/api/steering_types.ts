import type { ContactRow } from './types'

export interface Moved {
  moved: { contact_id: string; queue_id: string }[]
  refused: { contact_id: string; code: string; message: string }[]
}

export type QuarantineKind = 'unreadable' | 'spam' | 'blocked'
export type QuarantineCounts = Record<QuarantineKind, number>

export interface Quarantined {
  contact: ContactRow
  reason: string
  kind: QuarantineKind
  /** How often it was read in vain. */
  tries: number
  /** Of the original; 0 where it is gone. */
  size_bytes: number
  sender: string
  subject: string
  raw_url: string | null
  came_at: string
}

export interface Reprocessed {
  read: boolean
  contact_id: string | null
  duplicate: boolean
  reason: string
}
