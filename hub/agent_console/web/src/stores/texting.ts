import { defineStore } from 'pinia'
import { computed } from 'vue'

import { useSession } from './session'
import { useSetup } from './setup'

/** Our numbers from which this agent may write texts: those whose queue their team serves. */
export const useTexting = defineStore('texting', () => {
  const setup = useSetup()
  const session = useSession()
  const lines = computed(() => {
    const teams = session.me?.team_ids ?? []
    return (setup.value?.entry_points ?? []).filter((point) => {
      const team = setup.queue(point.queue_id)?.team_id
      return point.capabilities.parts && (session.me?.role === 'admin' || !team || teams.includes(team))
    })
  })
  return { lines }
})
