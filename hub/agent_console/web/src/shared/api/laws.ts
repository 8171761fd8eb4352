import { http } from './http'

/** A law of the contact queue that does not hold now (hub/agent_console/laws.py). */
export interface BrokenLaw {
  law: 'served' | 'one_taker' | 'loads' | 'waited' | 'timers' | 'stretches' | 'state_times'
  count: number
  /** When the first of them was found. */
  since: string
  /** For admins; else empty. `contact_id`: what can be opened. */
  places: { name: string; contact_id: string | null }[]
}

export const listBrokenLaws = (): Promise<BrokenLaw[]> => http.get<BrokenLaw[]>('/laws/broken')
