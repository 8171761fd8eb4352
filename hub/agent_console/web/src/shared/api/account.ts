import { http } from './http'
import type { StateName } from './types'

export interface Me {
  id: string
  name: string
  email: string
  role: 'specialist' | 'agent' | 'supervisor' | 'admin'
  language: string
  theme: string
  team_ids: string[]
  settings: Record<string, unknown>
  csrf_token?: string
}

export const getMe = (): Promise<Me> => http.get<Me>('/me')
export const signIn = (email: string, password: string): Promise<unknown> => http.post('/session', { email, password })
export const enterByDoor = (token: string): Promise<unknown> => http.post('/session/door', { token })
export const signOut = (): Promise<void> => http.delete<void>('/session')
/** All of them: what is left out is forgotten. */
export const saveSettings = (settings: Record<string, unknown>): Promise<unknown> => http.patch('/me', { settings })
export const changePassword = (current: string, next: string): Promise<void> =>
  http.put<void>('/me/password', { current, new: next })
export const setState = (body: { state: StateName; reason: string | null; after_contact: boolean }): Promise<unknown> =>
  http.put('/me/state', body)

export interface ApiKey {
  id: string
  name: string
  hint: string
  /** All it is good for ("feed"); "": whatever its user may. */
  scope: string
  created_at: string
  expires_at: string | null
  revoked: boolean
}
export const listApiKeys = (): Promise<ApiKey[]> => http.get<ApiKey[]>('/me/api-keys')
/** `days` null: until it is revoked. The key is shown this once. */
export const addApiKey = (name: string, scope: string, days: number | null): Promise<{ key: string; api_key: ApiKey }> => http.post('/me/api-keys', { name, scope, days })
export const revokeApiKey = (id: string): Promise<void> => http.delete<void>(`/api-keys/${id}`)

/** Whose password a link sets. */
export interface LinkOwner {
  name: string
  email: string
  language: string
}
export const lookAtLink = (token: string): Promise<LinkOwner> => http.post<LinkOwner>('/password-link/look', { token })
export const usePasswordLink = (token: string, password: string): Promise<LinkOwner> => http.post<LinkOwner>('/password-link', { token, password })
