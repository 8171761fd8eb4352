import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import * as api from '@/shared/api/desk'
import { messageOf } from '@/shared/api/errors'
import type { DispositionBody } from '@/shared/api/types'
import { dueTime } from '@/shared/lib/time'
import { isSilence, useQueued, type Deed } from '@/stores/queued'
import { useSession } from '@/stores/session'
import { useToasts, type Toast } from '@/stores/toasts'
import type { OpenContact } from './open_contact'

/** What became of a request: the hub did it, it waits for the hub, or it was refused and its user told why. */
export type Ended = 'done' | 'queued' | 'refused'

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
  /**
   * `said`: what the agent is told when it is done, with how to undo it. `endsDraft`: closing later ends what was begun to
   * write too.
   */
  close: (id: string, disposition: DispositionBody | null, said: string, endsDraft?: boolean, undo?: Toast['action']) => Promise<Ended>
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
  const session = useSession()
  const { t, locale } = useI18n()

  async function run(request: (id: string) => Promise<unknown>, said?: string, id = open.id.value): Promise<boolean> {
    return (await ask(request, said, id)) === 'done'
  }

  async function ask(request: (id: string) => Promise<unknown>, said: string | undefined, id: string, later?: () => void, undo?: Toast['action']): Promise<Ended> {
    if (busy.value) return 'refused'
    busy.value = true
    try {
      await request(id)
      if (said) toasts.done(said, undo)
      void open.reload()
      return 'done'
    } catch (error) {
      if (later && isSilence(error)) {
        later()
        return 'queued'
      }
      toasts.error(messageOf(error), { label: t('common.retry'), run: () => void ask(request, said, id, later, undo) })
      return 'refused'
    } finally {
      busy.value = false
    }
  }

  /** `id`: the contact it is for, where another one may be open by now. */
  function act(deed: Deed, body: object, said: string, id = open.id.value, endsDraft?: boolean, undo?: Toast['action']): Promise<Ended> {
    const reference = open.detail.value?.contact.id === id ? open.detail.value.contact.reference : ''
    const userId = session.me?.id
    return ask(() => api.act(id, deed, body), said, id, () => queued.add({ deed, contactId: id, reference, body, said, endsDraft }, userId), undo)
  }

  return {
    busy,
    run,
    hold: () => run(api.hold),
    resume: () => run(api.resume),
    park: (until) => {
      const id = open.id.value
      const said = until ? t('park.until', { time: dueTime(until, Date.now(), locale.value) }) : t('park.done')
      return taken(act('park', { until }, said, id, false, { label: t('common.undo'), run: () => void run(api.resume, undefined, id) }))
    },
    end: () => run(api.end),
    extend: () => run(api.extendWrapUp),
    pull: () => run(api.pull),
    close: (id, disposition, said, endsDraft, undo) => act('close', { disposition }, said, id, endsDraft, undo),
    transfer: (to, note) => taken(act('transfer', { ...to, note }, t('transfer.done'))),
  }
}

/** Mine, in hand, and no call: it can wait for its customer. */
export const mayPark = (open: OpenContact): boolean => open.mine.value && open.row.value?.state === 'active' && open.can.value?.call === false

const taken = async (ended: Promise<Ended>): Promise<boolean> => (await ended) !== 'refused'
