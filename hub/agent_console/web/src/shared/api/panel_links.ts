/** Links of the side panel into other systems (hub/agent_console/panel_links.py). */
import { http } from './http'
import type { Page } from './types'

export interface FilledLink {
  key: string
  zh: string
  en: string
  /** null: it leads nowhere for want of `lacks`, or it reveals a number. */
  url: string | null
  lacks: string[]
  /** Opening it shows a masked number, which is written down. */
  reveals: boolean
}

export interface TriedLink {
  key: string
  /** null: it has a mistake, or lacks something. */
  url: string | null
  lacks: string[]
}

export const listLinks = (contactId: string): Promise<Page<FilledLink>> => http.get(`/contacts/${contactId}/panel-links`)
export const openLink = (contactId: string, key: string): Promise<{ url: string }> => http.post(`/contacts/${contactId}/panel-links/${key}/open`)
export const tryLinks = (customerId: string, links: { key: string; url: string }[]): Promise<Page<TriedLink>> =>
  http.post('/setup/panel/try', { customer_id: customerId, links })
