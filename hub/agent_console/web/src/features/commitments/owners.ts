import { computed, ref, type ComputedRef, type Ref } from 'vue'

import { listOwners, type Owners } from '@/shared/api/commitments'
import { messageOf } from '@/shared/api/errors'
import { useSetup } from '@/stores/setup'

export interface Choice {
  value: string
  label: string
}

/** To whom a commitment may be given, as a select takes it: "team:field", "user:…". */
export function useOwners(): { groups: ComputedRef<{ key: string; choices: Choice[] }[]>; problem: Ref<string>; load: () => Promise<void> } {
  const setup = useSetup()
  const owners = ref<Owners | null>(null)
  const problem = ref('')

  async function load(): Promise<void> {
    if (owners.value) return
    try {
      owners.value = await listOwners()
    } catch (error) {
      problem.value = messageOf(error)
    }
  }

  const groups = computed(() => {
    const found = owners.value
    if (!found) return []
    const people = (is: boolean): Choice[] =>
      found.people.filter((one) => (one.role === 'specialist') === is).map((one) => ({ value: `user:${one.id}`, label: one.name }))
    return [
      { key: 'teams', choices: found.teams.map((team) => ({ value: `team:${team.id}`, label: setup.inLocale(team) })) },
      { key: 'specialists', choices: people(true) },
      { key: 'colleagues', choices: people(false) },
    ].filter((group) => group.choices.length > 0)
  })
  return { groups, problem, load }
}

/** The choice as the hub takes it. */
export function ownerOf(choice: string): { owner_id?: string; owner_team?: string } {
  const id = choice.slice(choice.indexOf(':') + 1)
  if (choice.startsWith('team:')) return { owner_team: id }
  return choice.startsWith('user:') ? { owner_id: id } : {}
}
