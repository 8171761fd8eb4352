import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { cancelCallback, rescheduleCallback } from '@/shared/api/callbacks'
import { messageOf } from '@/shared/api/errors'
import type { Callback } from '@/shared/api/callback_types'
import { useToasts } from '@/stores/toasts'

export interface CallbackActs {
  busy: Ref<boolean>
  problem: Ref<string>
  cancel: (id: string) => Promise<Callback | null>
  reschedule: (id: string, at: string) => Promise<Callback | null>
}

/** What may be done with a pending callback; the answer is how it stands then, or null with a problem. */
export function useCallbackActs(): CallbackActs {
  const busy = ref(false)
  const problem = ref('')
  const toasts = useToasts()
  const { t } = useI18n()

  async function run(request: () => Promise<Callback>, said: string): Promise<Callback | null> {
    if (busy.value) return null
    busy.value = true
    problem.value = ''
    try {
      const changed = await request()
      toasts.done(said)
      return changed
    } catch (error) {
      problem.value = messageOf(error)
      return null
    } finally {
      busy.value = false
    }
  }

  return {
    busy,
    problem,
    cancel: (id) => run(() => cancelCallback(id), t('callback.cancelled')),
    reschedule: (id, at) => run(() => rescheduleCallback(id, at), t('callback.moved')),
  }
}
