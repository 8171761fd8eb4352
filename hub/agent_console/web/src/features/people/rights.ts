/** How much of an area a role may. Pure. */
import type { Area, Role } from '@/shared/api/people'
import { ROLES } from './user_form'

export interface May extends Record<string, unknown> {
  kind: 'none' | 'look' | 'some' | 'all'
  /** How many of the acts that change something. */
  n: number
  of: number
}

const reaches = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least)

export function mayIn(area: Area, role: Role): May {
  const mine = area.acts.filter((act) => reaches(role, act.role))
  const [n, of] = [mine.filter((act) => act.changes).length, area.acts.filter((act) => act.changes).length]
  if (mine.length === 0) return { kind: 'none', n, of }
  if (mine.length === area.acts.length) return { kind: 'all', n, of }
  return { kind: n === 0 ? 'look' : 'some', n, of }
}
