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
  language: string
  /** What the phone provider rings; null: the softphone of the browser. */
  phone_address: string | null
  disabled: boolean
  /** No password was set yet: they cannot sign in. */
  invited: boolean
  /** A link to set a password is in force, but its mail did not arrive: what the mail server said. */
  link_undelivered?: string | null
  /** When they last used the hub, to five minutes. */
  seen_at: string | null
}

export interface Team {
  id: string
  zh: string
  en: string
}

/** Where somebody is signed in. */
export interface OpenSession {
  id: string
  created_at: string
  seen_at: string
  address: string
  user_agent: string
  /** The one that asks. */
  current: boolean
}

/** Shown once: whoever opens it first sets the password. */
export interface PasswordLink {
  url: string
  expires_at: string
  /** Where a mail with it is on its way to; null: `not_mailed` says why there is none. */
  mailed_to: string | null
  not_mailed: 'no_address' | 'no_mailbox' | 'our_own' | 'refused' | 'too_often' | null
}

/** What of a user is changed; what is left out stays. */
export type UserChange = Partial<{ name: string; email: string; role: Role; team_ids: string[]; language: string; phone_address: string }>

/** What a user looks after, in the order in which it is shown. */
export const HELD = ['customers', 'leads', 'contacts', 'commitments', 'callbacks', 'groups', 'articles'] as const
export type Held = (typeof HELD)[number]
export type Counts = Record<Held, number>

/** `live`: contacts in which they speak with a customer now. */
export type Holdings = Counts & { live: number }

export const listUsers = (only: { q?: string; disabled?: string; role?: string; team?: string }, after: string | null = null, limit = 50): Promise<Page<User>> =>
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

export const listTeams = (): Promise<Team[]> => http.get<Team[]>('/teams')
export const addUser = (user: { name: string; email: string; role: Role; team_ids: string[]; language: string }): Promise<User> => http.post<User>('/users', user)
export const changeUser = (userId: string, change: UserChange): Promise<User> => http.patch<User>(`/users/${userId}`, change)
export const makePasswordLink = (userId: string): Promise<PasswordLink> => http.post<PasswordLink>(`/users/${userId}/password-link`)
export const listSessions = (userId: string): Promise<OpenSession[]> => http.get<OpenSession[]>(`/users/${userId}/sessions`)
/** Everywhere at once; oneself everywhere but here. */
export const signOutEverywhere = (userId: string): Promise<void> => http.delete<void>(`/users/${userId}/sessions`)

/** Routes by area, and who may read and change there: as the hub itself checks it. */
export interface Area {
  key: string
  reads: Role | null
  changes: Role | null
  acts: { role: Role; changes: boolean; summary: string }[]
}
export const listAreas = (): Promise<Area[]> => http.get<Area[]>('/roles')
