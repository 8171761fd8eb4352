import { defineStore } from 'pinia'
import { ref } from 'vue'

import * as api from '@/shared/api/account'
import { messageOf } from '@/shared/api/errors'
import type { StateName } from '@/shared/api/types'
import { useToasts } from './toasts'

/** The agent's own state: only the agent or a supervisor sets it, never the idleness of a mouse. */
export const useAgentState = defineStore('agentState', () => {
  const busy = ref(false)
  const toasts = useToasts()

  async function set(state: StateName, reason: string | null, afterContact = false): Promise<void> {
    busy.value = true
    try {
      await api.setState({ state, reason, after_contact: afterContact })
    } catch (error) {
      toasts.error(messageOf(error), { label: '↻', run: () => void set(state, reason, afterContact) })
    } finally {
      busy.value = false
    }
  }

  return { busy, set }
})
