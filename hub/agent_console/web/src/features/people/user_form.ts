/** What is typed of a user, and what of it differs from the user as they are. Pure. */
import type { Role, User, UserChange } from '@/shared/api/people'

export interface UserForm {
  name: string
  email: string
  role: Role
  team_ids: string[]
  language: string
  phone_address: string
}

export const ROLES: readonly Role[] = ['specialist', 'agent', 'supervisor', 'admin']

/** An agent of the only team there is, in the language of whoever adds them. */
export function emptyForm(teams: { id: string }[], language: string): UserForm {
  return { name: '', email: '', role: 'agent', team_ids: teams.length === 1 ? teams.map((one) => one.id) : [], language, phone_address: '' }
}

export function formOf(user: User): UserForm {
  const { name, email, role, language } = user
  return { name, email, role, team_ids: [...user.team_ids], language, phone_address: user.phone_address ?? '' }
}

/** Only what differs goes out: two admins at once do not undo each other. */
export function changeOf(user: User, form: UserForm): UserChange {
  const before = formOf(user)
  const change: UserChange = {}
  if (form.name.trim() !== before.name) change.name = form.name.trim()
  if (form.email.trim().toLowerCase() !== before.email) change.email = form.email.trim()
  if (form.role !== before.role) change.role = form.role
  if (form.language !== before.language) change.language = form.language
  if (form.phone_address.trim() !== before.phone_address) change.phone_address = form.phone_address.trim()
  if ([...form.team_ids].sort().join() !== [...before.team_ids].sort().join()) change.team_ids = form.team_ids
  return change
}

/** Whom one may make somebody: admins all, supervisors who is below them. */
export function rolesOf(me: { role: string } | null): readonly Role[] {
  return me?.role === 'admin' ? ROLES : ROLES.slice(0, 2)
}
