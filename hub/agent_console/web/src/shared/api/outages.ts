import { http } from './http'

/** A provider that does not answer now (hub/agent_console/outages.py). */
export interface Outage {
  channel: string
  since: string
  /** It tells us of calls all the same: who calls in is taken. */
  still_heard: boolean
  /** How requests fail, for admins; else ''. */
  reason: string
}

export const listOutages = (): Promise<Outage[]> => http.get<Outage[]>('/outages')
