import { http } from './http'

/** What the phone system of an entry point told last (hub/channels/cti/api.py). */
export interface PbxState {
  events: {
    received_at: string
    call_id: string
    kind: 'ringing' | 'stopped' | 'answered' | 'held' | 'resumed' | 'recorded' | 'ended'
    direction: 'in' | 'out' | 'internal' | null
    /** Its last digits. */
    number: string
    extension: string
  }[]
  /** Requests that were not proven to be the phone system's. */
  refused: number
  refused_at: string | null
}

export const getPbxState = (key: string): Promise<PbxState> => http.get<PbxState>(`/entry-points/${encodeURIComponent(key)}/pbx`)
