import { http } from './http'
import type { ContactRow, Page } from './types'

/** Who hears a guest of a call. They hear everybody. */
export type GuestMode = 'listen' | 'whisper' | 'barge'

/** Who else is on a call, or was not reached a moment ago (hub/agent_console/call_guests.py). */
export interface Guest {
  id: string
  contact_id: string
  role: 'supervisor' | 'consult'
  mode: GuestMode | 'normal'
  user_id: string | null
  /** '' of an outside number. */
  name: string
  number: string
  by_name: string
  state: 'ringing' | 'joined' | 'ended'
  at: string
  joined_at: string | null
  ended_as: string | null
  blind: boolean
  mine: boolean
  asked: boolean
}
export interface GuestCall {
  guest: Guest
  contact: ContactRow
}
export interface LiveCall {
  contact: ContactRow
  guests: Guest[]
}
export interface LiveCalls {
  calls: LiveCall[]
  more: boolean
}
export interface AskByPhone {
  agent_id?: string
  queue_id?: string
  number?: string
  blind?: boolean
}

export const listGuests = (contactId: string): Promise<Page<Guest>> => http.get<Page<Guest>>(`/contacts/${contactId}/guests`)
export const listGuestCalls = (): Promise<Page<GuestCall>> => http.get<Page<GuestCall>>('/me/guest-calls')
export const listLiveCalls = (): Promise<LiveCalls> => http.get<LiveCalls>('/board/calls')
export const supervise = (contactId: string, mode: GuestMode): Promise<unknown> => http.post(`/contacts/${contactId}/supervise`, { mode })
export const takeCallOver = (contactId: string): Promise<unknown> => http.post(`/contacts/${contactId}/take-over`)
export const askByPhone = (contactId: string, body: AskByPhone): Promise<unknown> => http.post(`/contacts/${contactId}/ask-by-phone`, body)
export const setMode = (guestId: string, mode: GuestMode): Promise<unknown> => http.post(`/guests/${guestId}/mode`, { mode })
export const dropGuest = (guestId: string): Promise<unknown> => http.post(`/guests/${guestId}/drop`)
export const completeAsking = (guestId: string): Promise<unknown> => http.post(`/guests/${guestId}/complete`)
