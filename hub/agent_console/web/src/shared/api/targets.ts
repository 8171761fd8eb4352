import { http, query } from './http'
import type { StateName } from './types'

/** What one that joins a queue now would meet (hub/agent_console/targets.py). */
export interface QueueTarget {
  id: string
  words: string[]
  waiting: number
  ready: number
  free: number
  takes: boolean
  open: boolean
  wait_low_s: number | null
  wait_high_s: number | null
}

export interface AgentTarget {
  id: string
  name: string
  words: string[]
  state: StateName
  reason: string | null
  free: boolean
  held: number | null
  most: number | null
}

export interface Targets {
  queues: QueueTarget[]
  agents: AgentTarget[]
}

/** `contact`: the one that is to be given on; '' for none, or several that differ. */
export const listTargets = (contact: string): Promise<Targets> => http.get<Targets>(`/targets${query({ contact })}`)
