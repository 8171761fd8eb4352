import { computed, onMounted, ref, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { closeTogether, type Together } from '@/shared/api/together'
import type { ContactRow, DispositionBody } from '@/shared/api/types'
import type { ContactActions } from '../contact_actions'
import { useSetup } from '@/stores/setup'
import { useOpenContact } from '../open_contact'
import { tellTogether, waitingOf } from '../together/others'

export interface Closing {
  /** Where the customer waits besides. */
  others: ComputedRef<ContactRow[]>
  /** Those of them to be taken up with closing. */
  chosen: Ref<string[]>
  /** Wrap-up lasts its full time: what is said now is kept, and the contact closes at its end. */
  full: ComputedRef<boolean>
  close: (disposition: DispositionBody | null) => Promise<boolean>
  leave: () => Promise<unknown>
}

/** Closing the open contact, and with it taking up what else waits of its customer where that was chosen. */
export function useClosing(row: () => ContactRow, actions: ContactActions): Closing {
  const open = useOpenContact()
  const router = useRouter()
  const { t } = useI18n()
  const setup = useSetup()
  const full = computed(() => setup.queue(row().queue_id)?.full_wrap_up.includes(row().channel) ?? false)
  const chosen = ref<string[]>([])
  const others = computed(() => waitingOf(open.detail.value?.other_open ?? []))
  let next = ''
  onMounted(() => void open.reload()) // who waits may have changed since it was opened

  async function close(disposition: DispositionBody | null): Promise<boolean> {
    const rows = others.value.filter((row) => chosen.value.includes(row.id))
    const said = t(full.value ? 'finish.kept' : 'finish.done')
    if (rows.length === 0) return actions.close(disposition, said)
    let answer: Together | undefined
    const request = async (id: string): Promise<void> => void (answer = await closeTogether(id, disposition, rows.map((row) => row.id)))
    if (!(await actions.run(request, said)) || !answer) return false
    tellTogether(answer, rows)
    next = answer.taken[0]?.contact_id ?? ''
    return true
  }

  return { others, chosen, full, close, leave: () => router.push(next ? `/desk/${next}` : '/desk') }
}
