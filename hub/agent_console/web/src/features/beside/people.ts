import { ApiError } from '@/shared/api/http'
import { listMentionable } from '@/shared/api/mentions'
import type { Mentioned } from '@/shared/api/types'
import { begins } from '@/shared/lib/begins'
import { useSetup } from '@/stores/setup'

interface Known {
  mention: Mentioned
  /** How the name can be begun, folded: "li na", "lina", "ln". */
  words: string[]
}

/** What the composer shows: a name, and the text that takes the place of what was typed. */
export interface Person {
  id: string
  title: string
  text: string
  mention: Mentioned
}

const FRESH_MS = 60_000
let held: { contactId: string; at: number; known: Promise<Known[]> } | null = null

async function load(contactId: string): Promise<Known[]> {
  const setup = useSetup()
  const { people, teams } = await listMentionable(contactId)
  return [
    ...people.map((one) => ({ mention: { kind: 'user' as const, id: one.id, name: one.name }, words: [one.name.toLowerCase(), ...one.words] })),
    ...teams.map((one) => ({ mention: { kind: 'team' as const, id: one.id, name: setup.inLocale(one) }, words: [one.zh, one.en.toLowerCase(), ...one.words] })),
  ]
}

/** Who may see the contact and is called so, people before teams. Nobody where the hub does not answer. */
export async function peopleFor(contactId: string, typed: string, most: number): Promise<Person[]> {
  if (held?.contactId !== contactId || Date.now() - held.at > FRESH_MS) held = { contactId, at: Date.now(), known: load(contactId) }
  try {
    const found = (await held.known).filter((one) => begins(one.words, typed)).slice(0, most)
    return found.map(({ mention }) => ({ id: `${mention.kind} ${mention.id}`, title: mention.name, text: `@${mention.name} `, mention }))
  } catch (error) {
    held = null
    if (!(error instanceof ApiError)) throw error
    return []
  }
}

/** Forget who was there: for tests. */
export function forgetPeople(): void {
  held = null
}
