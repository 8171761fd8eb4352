import type {
  AgentView,
  Board,
  Commitment,
  ContactRow,
  Interaction,
  Offer,
  WaitingSummary,
} from './types'

/** What the console says on its socket. */
export type ConsoleFrame =
  | { type: 'hello'; csrf?: string; board?: boolean }
  | { type: 'resync' }
  | { type: 'open'; conversation_id: string; after_seq: number }
  | { type: 'leave'; conversation_id: string }
  | { type: 'typing'; conversation_id: string; on: boolean }
  | { type: 'seen'; contact_id: string }
  | { type: 'look'; contact_id: string | null; doing: Doing }
  | { type: 'viewers_of'; contact_ids: string[] }
  | { type: 'board'; on: boolean }
  | { type: 'beat' }

export interface Snapshot {
  type: 'snapshot'
  n: number
  at: string
  me: AgentView
  offers: Offer[]
  contacts: ContactRow[]
  to_do: ContactRow[]
  commitments: Commitment[]
  mentions: number
  summary: WaitingSummary
  board: Board | null
}

export type InteractionsFrame = {
  type: 'interactions'
  n: number
  conversation_id: string
  items: Interaction[]
  customer_read_seq: number
}

export type NoticeFrame = {
  type: 'notice'
  n: number
  code: string
  contact_id: string | null
  customer_id: string | null
  detail: string | null
}

/** Frames that change the picture; each carries `n`, one more than the frame before. */
export type StateFrame =
  | Snapshot
  | { type: 'contact'; n: number; row: ContactRow }
  | { type: 'contact_gone'; n: number; contact_id: string; row: ContactRow | null }
  | { type: 'offer'; n: number; offer: Offer }
  | { type: 'offer_gone'; n: number; offer_id: string; why: string }
  | { type: 'me'; n: number; me: AgentView }
  | InteractionsFrame
  | { type: 'summary'; n: number; summary: WaitingSummary }
  | { type: 'board'; n: number; board: Board }
  | { type: 'commitments'; n: number; commitments: Commitment[] }
  | { type: 'to_do'; n: number; contacts: ContactRow[] }
  | { type: 'mentions'; n: number; unread: number }
  | NoticeFrame
  | { type: 'setup'; n: number }

export type LiveFrame = { type: 'live'; conversation_id: string; event: string; on: boolean; text: string | null }

export type Doing = 'looking' | 'note' | 'reply'

export interface Viewer {
  user_id: string
  name: string
  doing: Doing
  since: string
}

export type ViewersFrame = { type: 'viewers'; contact_id: string; viewers: Viewer[] }

export type ServerFrame =
  | StateFrame
  | LiveFrame
  | ViewersFrame
  | { type: 'beat'; at: string; last: number }
  | { type: 'problem'; code: string; message: string }
