/** Users as supervisors see them, and what they hold when they leave (hub/agent_console/leaving.py). */
import { http, query } from './http'
import type { Page } from './types'

export type Role = 'specialist' | 'agent' | 'supervisor' | 'admin'

export interface User {
  id: string
  email: string
  name: string
  role: Role
  team_ids: string[]
  disabled: boolean
  last_sign_in_at: string | null
}

/** What a user looks after, in the order in which it is shown. */
export const HELD = ['customers', 'leads', 'contacts', 'commitments', 'callbacks', 'groups', 'articles'] as const
export type Held = (typeof HELD)[number]
export type Counts = Record<Held, number>

/** `live`: contacts in which they speak with a customer now. */
export type Holdings = Counts & { live: number }


export const listUsers = (only: { q?: string; disabled?: string }, after: string | null = null, limit = 50): Promise<Page<User>> =>
  http.get<Page<User>>(`/users${query({ ...only, after, limit })}`)
export const holdingsOf = (userId: string): Promise<Holdings> => http.get<Holdings>(`/users/${userId}/holdings`)
/** `to` takes what is given to nobody else. */
export const leave = (userId: string, to: Partial<Record<Held | 'to', string>>): Promise<{ user: User; handed_over: Counts }> =>
  http.post<{ user: User; handed_over: Counts }>(`/users/${userId}/leave`, to)
export const enableUser = (userId: string): Promise<User> => http.patch<User>(`/users/${userId}`, { disabled: false })
