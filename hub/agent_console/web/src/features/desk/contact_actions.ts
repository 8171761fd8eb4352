import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import * as api from '@/shared/api/desk'
import { messageOf } from '@/shared/api/errors'
import type { DispositionBody } from '@/shared/api/types'
import { isSilence, useQueued, type Deed } from '@/stores/queued'
import { useToasts } from '@/stores/toasts'
import type { OpenContact } from './open_contact'

export interface ContactActions {
  busy: Ref<boolean>
  /** `id`: the contact it is for, where another one may be open by now; else the open one. */
  run: (request: (id: string) => Promise<unknown>, said?: string, id?: string) => Promise<boolean>
  hold: () => Promise<boolean>
  resume: () => Promise<boolean>
  park: (until: string | null) => Promise<boolean>
  end: () => Promise<boolean>
  extend: () => Promise<boolean>
  pull: () => Promise<boolean>
  /** `said`: what the agent is told when it is done. */
  close: (id: string, disposition: DispositionBody | null, said: string) => Promise<boolean>
  transfer: (to: { queue_id?: string; agent_id?: string }, note: string) => Promise<boolean>
}

/**
 * What may be done with the open contact: each is one request; its effect comes back over the socket.
 * Closing, parking and transferring wait where the hub cannot be reached; a call is not held minutes later.
 */
export function useContactActions(open: OpenContact): ContactActions {
  const busy = ref(false)
  const toasts = useToasts()
  const queued = useQueued()
  const { t } = useI18n()

  async function run(request: (id: string) => Promise<unknown>, said?: string, id = open.id.value, later?: () => void): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    try {
      await request(id)
      if (said) toasts.done(said)
      void open.reload()
      return true
    } catch (error) {
      if (later && isSilence(error)) {
        later()
        return true
      }
      toasts.error(messageOf(error), { label: t('common.retry'), run: () => void run(request, said, id, later) })
      return false
    } finally {
      busy.value = false
    }
  }

  /** `id`: the contact it is for, where another one may be open by now. */
  function act(deed: Deed, body: object, said: string, id = open.id.value): Promise<boolean> {
    const reference = open.detail.value?.contact.id === id ? open.detail.value.contact.reference : ''
    return run(() => api.act(id, deed, body), said, id, () => queued.add({ deed, contactId: id, reference, body, said }))
  }

  return {
    busy,
    run,
    hold: () => run(api.hold),
    resume: () => run(api.resume),
    park: (until) => act('park', { until }, t('park.done')),
    end: () => run(api.end),
    extend: () => run(api.extendWrapUp),
    pull: () => run(api.pull),
    close: (id, disposition, said) => act('close', { disposition }, said, id),
    transfer: (to, note) => act('transfer', { ...to, note }, t('transfer.done')),
  }
}
