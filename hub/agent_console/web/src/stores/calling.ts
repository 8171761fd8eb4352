import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { useSession } from './session'
import { useSetup } from './setup'

/** Somebody to be called: shown in the dialog before anything rings. */
export interface ToCall {
  /** A customer's own number; without it the number is typed. */
  identityId?: string
  shown?: string
  name?: string
}

/** The dialog that starts a call can be asked for from anywhere a number is shown. */
export const useCalling = defineStore('calling', () => {
  const setup = useSetup()
  const session = useSession()
  const asked = ref<ToCall | null>(null)

  /** Our lines that this agent may call from: those whose queue their team serves. */
  const lines = computed(() => {
    const teams = session.me?.team_ids ?? []
    return (setup.value?.entry_points ?? []).filter((point) => {
      const team = setup.queue(point.queue_id)?.team_id
      return point.capabilities.call && (session.me?.role === 'admin' || !team || teams.includes(team))
    })
  })
  const possible = computed(() => lines.value.length > 0)

  const ask = (whom: ToCall = {}): void => void (asked.value = whom)
  const close = (): void => void (asked.value = null)

  return { asked, lines, possible, ask, close }
})
