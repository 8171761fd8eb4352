import type { ContactRow } from './types'

export interface Moved {
  moved: { contact_id: string; queue_id: string }[]
  refused: { contact_id: string; code: string; message: string }[]
}

export interface Quarantined {
  contact: ContactRow
  reason: string
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
