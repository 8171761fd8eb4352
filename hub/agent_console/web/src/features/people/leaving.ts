/** Who gets what when somebody leaves. Pure. */
import { HELD, type Counts, type Held, type User } from '@/shared/api/people'

/** What has to be given to somebody, in the order in which it is asked. */
export function heldKinds(counts: Counts): Held[] {
  return HELD.filter((kind) => counts[kind] > 0)
}

/** Who may take a kind over: somebody else who can sign in; a specialist looks after commitments only. */
export function successorsOf(kind: Held, leaver: string, users: User[]): User[] {
  return users.filter((one) => one.id !== leaver && !one.disabled && (one.role !== 'specialist' || kind === 'commitments'))
}

/** Chosen for each kind: what one has chosen for it, else for all, where that one may have it. */
export function chosenFor(kinds: Held[], all: string, each: Partial<Record<Held, string>>, leaver: string, users: User[]): Partial<Record<Held, string>> {
  const chosen: Partial<Record<Held, string>> = {}
  for (const kind of kinds) {
    const wanted = each[kind] || all
    if (successorsOf(kind, leaver, users).some((one) => one.id === wanted)) chosen[kind] = wanted
  }
  return chosen
}

/** What nobody takes over yet: as long as there is some, nobody leaves. */
export const missingOf = (kinds: Held[], chosen: Partial<Record<Held, string>>): Held[] => kinds.filter((kind) => !chosen[kind])

const RANK = { specialist: 0, agent: 1, supervisor: 2, admin: 3 }

/** Whether one may disable or enable somebody: admins everybody else, others who are below them. */
export function mayManage(me: { id: string; role: string } | null, user: User): boolean {
  if (!me || me.id === user.id) return false
  return me.role === 'admin' || RANK[user.role] < (RANK[me.role as keyof typeof RANK] ?? 0)
}
