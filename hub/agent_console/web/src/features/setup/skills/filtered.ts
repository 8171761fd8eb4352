import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'

import type { SetupAgent, SetupDocument } from '@/shared/api/setup_types'
import { entryOf, rowsOf, type Row } from '../domain/matrix'

export interface Filtered {
  find: Ref<string>
  team: Ref<string>
  skill: Ref<string>
  all: ComputedRef<Row[]>
  rows: ComputedRef<Row[]>
  showAll: () => void
}

/**
 * The agents of the matrix by name, team and skill. Who is shown is fixed when the filter is chosen:
 * an agent whose grade is cleared stays in sight, and under the cursor.
 */
export function useFiltered(setup: Ref<SetupDocument>, agents: Ref<SetupAgent[]>): Filtered {
  const [find, team, skill] = [ref(''), ref(''), ref('')]
  const all = computed(() => rowsOf(setup.value, agents.value))
  const shown = ref(new Set<string>())

  function matches(row: Row): boolean {
    const wanted = find.value.trim().toLowerCase()
    return (
      (wanted === '' || row.name.toLowerCase().includes(wanted) || row.email.toLowerCase().includes(wanted)) &&
      (team.value === '' || row.teams.includes(team.value)) &&
      (skill.value === '' || entryOf(setup.value, row).skills[skill.value] !== undefined)
    )
  }
  const whoIsThere = computed(() => all.value.map((row) => row.email).join('\n'))
  watch([find, team, skill, whoIsThere], () => (shown.value = new Set(all.value.filter(matches).map((row) => row.email))), { immediate: true })

  return {
    find, team, skill, all,
    rows: computed(() => all.value.filter((row) => shown.value.has(row.email))),
    showAll: () => (find.value = team.value = skill.value = ''),
  }
}
