import { http } from './http'

/** A queue that somebody has paused or closed; `until`: it opens by itself then. */
export interface QueueStop {
  state: 'paused' | 'closed'
  reason: string
  since: string
  until: string | null
  by_name: string | null
}

export const setQueueState = (queueId: string, body: { state: 'open' | 'paused' | 'closed'; reason?: string; for_s?: number | null }): Promise<unknown> =>
  http.post(`/queues/${queueId}/state`, body)
