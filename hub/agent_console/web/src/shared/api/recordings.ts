import { http } from './http'

export type RecordingState = 'recording' | 'paused' | 'unsure' | 'ended' | 'lost' | 'kept' | 'deleted'

/** How the recording of a call stands, as the provider confirmed it. */
export interface RecordingLive {
  state: 'recording' | 'transcribed' | 'paused' | 'unsure' | 'none'
  /** `captions`: the call is not recorded; what stands so is what is transcribed of it. */
  of: 'recording' | 'captions'
  at: string | null
  turn: 'pausing' | 'resuming' | null
  why: 'not_told' | 'refused' | null
  remind_s: number
}

/** What an entry of the timeline says of its recordings. */
export interface RecordingBrief {
  id: string
  state: RecordingState
  duration_s: number
}

export interface Recording {
  id: string
  kind: 'call' | 'voicemail'
  state: RecordingState
  started_at: string
  duration_s: number
  channels: number
  agent_name: string | null
  /** How loud it is along its length, 0–100, a list for each channel: the customer's first. */
  peaks: number[][]
  transcript: string | null
  note: string
  held: boolean
  delete_after: string | null
  deleted_at: string | null
  deleted_by: string | null
  sound_url: string | null
  download_url: string | null
  may_hold: boolean
  /** Who keeps it, since when and why; null: nobody, or it is not for me to know. */
  hold: { by_name: string; at: string; reason: string } | null
}

/** While a recording pauses, or may be pausing, no supervisor hears the call. */
export const isSilenced = (live: RecordingLive | null | undefined): boolean => !!live && (live.turn === 'pausing' || ['paused', 'unsure'].includes(live.state))

export const getRecording = (id: string): Promise<Recording> => http.get<Recording>(`/recordings/${id}`)
export const holdRecording = (id: string, held: boolean, reason: string): Promise<void> => http.post<void>(`/recordings/${id}/hold`, { held, reason })
export const pauseRecording = (contactId: string): Promise<unknown> => http.post(`/contacts/${contactId}/pause-recording`)
export const resumeRecording = (contactId: string): Promise<unknown> => http.post(`/contacts/${contactId}/resume-recording`)
