import { http } from './http'
import type { CustomerBrief } from './types'

/** A call in the firm's phone system that rings at my phone (hub/agent_console/ringing.py). */
export interface Ringing {
  id: string
  entry_point_id: string
  extension: string
  since: string
  /** '': it is withheld. */
  number: string
  /** null: a withheld number, or somebody whom I may not see. */
  customer: CustomerBrief | null
  /** Ids of their open contacts that I may see. */
  open: string[]
  due_at: string | null
}

export const listRinging = (): Promise<Ringing[]> => http.get<Ringing[]>('/ringing')
