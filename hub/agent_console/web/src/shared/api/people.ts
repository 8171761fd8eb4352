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
const MOST_PAGES = 10
/** Everybody who can sign in, page by page: a list to choose from has all of them, up to 2,000. */
export async function listEverybody(): Promise<User[]> {
  const found: User[] = []
  let after: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const some: Page<User> = await listUsers({ disabled: 'false' }, after, 200)
    found.push(...some.items)
    after = some.after
    if (!after) break
  }
  return found
}
export const holdingsOf = (userId: string): Promise<Holdings> => http.get<Holdings>(`/users/${userId}/holdings`)
/** `to` takes what is given to nobody else. */
export const leave = (userId: string, to: Partial<Record<Held | 'to', string>>): Promise<{ user: User; handed_over: Counts }> =>
  http.post<{ user: User; handed_over: Counts }>(`/users/${userId}/leave`, to)
export const enableUser = (userId: string): Promise<User> => http.patch<User>(`/users/${userId}`, { disabled: false })
