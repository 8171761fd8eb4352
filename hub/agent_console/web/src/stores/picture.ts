import type { Snapshot, StateFrame } from '@/shared/api/frames'
import type { AgentView, Board, Commitment, ContactRow, Offer, WaitingSummary } from '@/shared/api/types'

/** Everything the socket tells about this agent's desk, keyed by id. Pure data: same frames, same picture. */
export interface Picture {
  /** Number of the last state frame taken; null before the first snapshot. */
  n: number | null
  at: string | null
  me: AgentView | null
  offers: Record<string, Offer>
  contacts: Record<string, ContactRow>
  toDo: ContactRow[]
  commitments: Commitment[]
  /** Notes that speak to this agent and were not read; 100: that many or more. */
  mentions: number
  summary: WaitingSummary | null
  board: Board | null
}

export type Verdict = 'taken' | 'duplicate' | 'gap'

export function emptyPicture(): Picture {
  return {
    n: null,
    at: null,
    me: null,
    offers: {},
    contacts: {},
    toDo: [],
    commitments: [],
    mentions: 0,
    summary: null,
    board: null,
  }
}

function byId<T extends { id: string }>(rows: T[]): Record<string, T> {
  return Object.fromEntries(rows.map((row) => [row.id, row]))
}

function newer(held: { version: number } | null | undefined, coming: { version: number }): boolean {
  return !held || coming.version >= held.version
}

/** A snapshot replaces all that was held. */
function replaceAll(picture: Picture, frame: Snapshot): void {
  Object.assign(picture, {
    n: frame.n,
    at: frame.at,
    me: frame.me,
    offers: byId(frame.offers),
    contacts: byId(frame.contacts),
    toDo: frame.to_do,
    commitments: frame.commitments,
    mentions: frame.mentions,
    summary: frame.summary,
    board: frame.board,
  } satisfies Picture)
}

function change(picture: Picture, frame: Exclude<StateFrame, Snapshot>): void {
  switch (frame.type) {
    case 'contact':
      if (newer(picture.contacts[frame.row.id], frame.row)) picture.contacts[frame.row.id] = frame.row
      break
    case 'contact_gone':
      delete picture.contacts[frame.contact_id]
      break
    case 'offer':
      picture.offers[frame.offer.id] = frame.offer
      break
    case 'offer_gone':
      delete picture.offers[frame.offer_id]
      break
    case 'me':
      if (newer(picture.me, frame.me)) picture.me = frame.me
      break
    case 'summary':
      picture.summary = frame.summary
      break
    case 'board':
      picture.board = frame.board
      break
    case 'commitments':
      picture.commitments = frame.commitments
      break
    case 'mentions':
      picture.mentions = frame.unread
      break
    case 'to_do':
      picture.toDo = frame.contacts
      break
    case 'interactions':
    case 'notice':
    case 'setup':
      break // kept by other stores; here they only count
  }
}

/**
 * Take one state frame. A `gap` changes nothing: the caller asks for the snapshot again and drops what
 * comes until it is there. A `duplicate` was taken before and is ignored.
 */
export function take(picture: Picture, frame: StateFrame): Verdict {
  if (frame.type === 'snapshot') {
    replaceAll(picture, frame)
    return 'taken'
  }
  if (picture.n === null) return 'gap'
  if (frame.n <= picture.n) return 'duplicate'
  if (frame.n > picture.n + 1) return 'gap'
  change(picture, frame)
  picture.n = frame.n
  return 'taken'
}
