import { computed, ref, type ComputedRef, type Ref } from 'vue'

import { messageOf } from '@/shared/api/errors'
import { listForms, listPointStates, type ChannelForm, type PointForms, type PointState } from '@/shared/api/points'

/** The forms of all channels and the state of what is in force. */
export function usePoints(): {
  forms: Ref<PointForms | null>
  problem: Ref<string>
  channels: ComputedRef<ChannelForm[]>
  formOf: (channel: string) => ChannelForm | undefined
  stateOf: (key: string) => PointState | undefined
  load: () => Promise<void>
} {
  const forms = ref<PointForms | null>(null)
  const states = ref<PointState[]>([])
  const problem = ref('')
  async function load(): Promise<void> {
    problem.value = ''
    try {
      const [form, state] = await Promise.all([forms.value ?? listForms(), listPointStates()])
      forms.value = form
      states.value = state
    } catch (error) {
      problem.value = messageOf(error)
    }
  }
  const channels = computed(() => forms.value?.channels ?? [])
  return {
    forms,
    problem,
    channels,
    formOf: (channel) => channels.value.find((one) => one.channel === channel),
    stateOf: (key) => states.value.find((one) => one.key === key),
    load,
  }
}
