import { http } from './http'

/** Webhooks of a phone line that were refused (hub/channels/phone/refusals.py). */
export interface RefusedWebhooks {
  times: number
  /** Of the last, as are the others; null: none was refused. */
  last_at: string | null
  why: 'unsigned' | 'signature' | 'account' | 'size' | null
  route: string | null
}

export const readRefused = (key: string): Promise<RefusedWebhooks> => http.get<RefusedWebhooks>(`/entry-points/${encodeURIComponent(key)}/refused-webhooks`)
