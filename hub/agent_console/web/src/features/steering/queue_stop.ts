import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { messageOf } from '@/shared/api/errors'
import { setQueueState, type QueueStop } from '@/shared/api/queues'
import type { Label } from '@/shared/api/types'
import { useSetup } from '@/stores/setup'
import { useToasts } from '@/stores/toasts'

const LEAST_S = 60

export type Stoppable = Label & { stop: QueueStop | null }

export interface QueueStopping {
  busy: Ref<boolean>
  stop: (queue: Stoppable, state: QueueStop['state'], reason: string, forS: number | null) => Promise<boolean>
  open: (queue: Stoppable) => Promise<boolean>
}

/** Pause, close, open again; each can be taken back to how the queue was. */
export function useQueueStopping(): QueueStopping {
  const busy = ref(false)
  const setup = useSetup()
  const toasts = useToasts()
  const { t } = useI18n()

  async function run(queue: Stoppable, request: () => Promise<unknown>, said: string, undoable: boolean): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    const before = queue.stop
    try {
      await request()
      toasts.done(said, undoable ? { label: t('common.undo'), run: () => void back(queue, before) } : undefined)
      return true
    } catch (error) {
      toasts.error(messageOf(error))
      return false
    } finally {
      busy.value = false
    }
  }

  const name = (queue: Stoppable): string => setup.inLocale(queue)

  function back(queue: Stoppable, before: QueueStop | null): Promise<boolean> {
    if (!before) return opened(queue, false)
    const leftS = before.until === null ? null : Math.max(LEAST_S, Math.round((Date.parse(before.until) - Date.now()) / 1000))
    return stopped(queue, before.state, before.reason, leftS, false)
  }

  const opened = (queue: Stoppable, undoable: boolean): Promise<boolean> =>
    run(queue, () => setQueueState(queue.id, { state: 'open' }), t('queueStop.openedNow', { name: name(queue) }), undoable)

  const stopped = (queue: Stoppable, state: QueueStop['state'], reason: string, forS: number | null, undoable: boolean): Promise<boolean> =>
    run(
      queue,
      () => setQueueState(queue.id, { state, reason, for_s: forS }),
      t(state === 'paused' ? 'queueStop.pausedNow' : 'queueStop.closedNow', { name: name(queue) }),
      undoable,
    )

  return {
    busy,
    stop: (queue, state, reason, forS) => stopped(queue, state, reason, forS, true),
    open: (queue) => opened(queue, true),
  }
}
