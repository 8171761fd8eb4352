import { http, query } from './http'
import type { Page } from './types'

export const BLOCK_KINDS = ['email', 'domain', 'phone', 'network', 'visitor'] as const
export type BlockKind = (typeof BLOCK_KINDS)[number]

/** One entry of the block list; `until` null: until somebody takes it away. */
export interface Block {
  id: string
  kind: BlockKind
  value: string
  reason: string
  by: string
  contact_id: string | null
  created_at: string
  expires_at: string | null
  in_force: boolean
}

export interface NewBlock {
  kind: BlockKind
  value: string
  reason: string
  until: string | null
}

export const listBlocks = (q: string, after: string | null): Promise<Page<Block>> => http.get<Page<Block>>(`/blocks${query({ q, after })}`)
export const addBlock = (body: NewBlock): Promise<unknown> => http.post('/blocks', body)
export const removeBlock = (id: string): Promise<unknown> => http.delete(`/blocks/${id}`)
export const blockSender = (contactId: string, body: { reason: string; until: string | null }): Promise<unknown> =>
  http.post(`/contacts/${contactId}/block`, body)
