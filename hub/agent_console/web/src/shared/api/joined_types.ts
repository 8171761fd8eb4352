import type { Capabilities, Recipients } from './types'

/** A conversation whose contact was merged: it stands in the timeline and can be answered on. */
export interface JoinedConversation {
  merge_id: string
  contact_id: string
  reference: string
  conversation_id: string
  channel: string
  entry_point_name: string
  subject: string | null
  customer_id: string
  customer_name: string
  address: string
  last_seq: number
  merged_at: string
  by_name: string
  may_undo: boolean
  capabilities: Capabilities
  recipients: Recipients
}
