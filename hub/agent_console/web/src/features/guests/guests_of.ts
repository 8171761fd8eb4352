import { onBeforeUnmount, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

import { messageOf } from '@/shared/api/errors'
import { listGuests, type Guest } from '@/shared/api/guests'
import { useGuests } from '@/stores/guests'
import { useLive } from '@/stores/live'
import { useToasts } from '@/stores/toasts'

const AGAIN_MS = 5_000

export interface GuestsOf {
  guests: ShallowRef<Guest[]>
  busy: Ref<boolean>
  /** One request; refused, its user is told why. Then what there is is read again. */
  run: (request: () => Promise<unknown>) => Promise<boolean>
}

/** Who else is on the call of a contact: told by the socket to those concerned, and asked for behind that. */
export function useGuestsOf(contactId: () => string): GuestsOf {
  const live = useLive()
  const own = useGuests()
  const toasts = useToasts()
  const guests = shallowRef<Guest[]>([])
  const busy = ref(false)
  let turn = 0
  let timer: number | undefined

  async function read(): Promise<void> {
    const mine = (turn += 1)
    window.clearTimeout(timer)
    try {
      const found = (await listGuests(contactId())).items
      if (mine === turn) guests.value = found
    } catch {
      // What is shown stays; it is asked for again.
    }
    if (mine === turn) timer = window.setTimeout(() => void read(), AGAIN_MS)
  }

  async function run(request: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    try {
      await request()
      return true
    } catch (error) {
      toasts.error(messageOf(error, 'guests'))
      return false
    } finally {
      busy.value = false
      void read()
      void own.read()
    }
  }

  watch(contactId, () => {
    guests.value = []
    void read()
  }, { immediate: true })
  watch(() => live.stale, (stale) => stale?.code === 'guests_changed' && stale.contact_id === contactId() && void read(), { flush: 'sync' })
  onBeforeUnmount(() => {
    turn += 1
    window.clearTimeout(timer)
  })
  return { guests, busy, run }
}
