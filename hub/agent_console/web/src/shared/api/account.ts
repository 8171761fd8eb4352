import { http } from './http'
import type { Me, StateName } from './types'

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
