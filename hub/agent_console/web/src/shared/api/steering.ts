import { http, query } from './http'
import type { Day } from './day_types'
import type { Moved, QuarantineCounts, Quarantined, Reprocessed } from './steering_types'
import type { AgentView, ContactRow, Page, StateName, Why } from './types'

export const setPriority = (contactId: string, priority: number): Promise<unknown> =>
  http.post(`/contacts/${contactId}/priority`, { priority })
export const moveContacts = (body: { contact_ids: string[]; queue_id?: string; agent_id?: string }): Promise<Moved> =>
  http.post<Moved>('/contacts/move', body)
export const completeWrapUp = (contactId: string): Promise<unknown> => http.post(`/contacts/${contactId}/complete`)
export const whyWaiting = (contactId: string): Promise<Why> => http.get<Why>(`/contacts/${contactId}/why`)

export const heldBy = (agentId: string): Promise<Page<ContactRow>> => http.get<Page<ContactRow>>(`/agents/${agentId}/contacts`)
export const setStateOf = (agentId: string, body: { state: StateName; reason: string | null }): Promise<AgentView> =>
  http.put<AgentView>(`/agents/${agentId}/state`, body)
export const signOut = (agentId: string): Promise<AgentView> => http.post<AgentView>(`/agents/${agentId}/sign-out`)

export const getDay = (channel: string): Promise<Day> => http.get<Day>(`/board/day${query({ channel })}`)

export const listQuarantined = (kind: string, after: string | null): Promise<Page<Quarantined>> =>
  http.get<Page<Quarantined>>(`/quarantine${query({ kind, after })}`)
export const countQuarantined = (): Promise<QuarantineCounts> => http.get<QuarantineCounts>('/quarantine/counts')
export const reprocess = (contactId: string): Promise<Reprocessed> => http.post<Reprocessed>(`/contacts/${contactId}/reprocess`)
export const release = (contactId: string, asSpam: boolean): Promise<unknown> =>
  http.post(`/contacts/${contactId}/release`, { as_spam: asSpam })
/** Put back what was just thrown out of quarantine. */
export const restore = (contactId: string): Promise<unknown> => http.post(`/contacts/${contactId}/restore`)
