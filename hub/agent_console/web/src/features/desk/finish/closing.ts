import { computed, onMounted, ref, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { closeTogether, type Together } from '@/shared/api/together'
import type { ContactRow, DispositionBody } from '@/shared/api/types'
import { useOutbox } from '@/stores/outbox'
import { useQueued } from '@/stores/queued'
import { useSetup } from '@/stores/setup'
import { useToasts } from '@/stores/toasts'
import type { ContactActions, Ended } from '../contact_actions'
import { useOpenContact } from '../open_contact'
import { tellTogether, waitingOf } from '../together/others'

export interface Closing {
  /** Where the customer waits besides. */
  others: ComputedRef<ContactRow[]>
  /** Those of them to be taken up with closing. */
  chosen: Ref<string[]>
  /** Wrap-up lasts its full time: what is said now is kept, and the contact closes at its end. */
  full: ComputedRef<boolean>
  /** From what is said of its article to the answer of the hub. */
  busy: ComputedRef<boolean>
  /** `say` comes first: where it fails, the contact stays open. */
  close: (disposition: DispositionBody | null, say?: () => Promise<boolean>) => Promise<Ended>
  /** To what was taken along, or the list; whoever opened something else meanwhile stays there. */
  leave: () => Promise<void>
}

/**
 * Closing the open contact, and with it taking up what else waits of its customer where that was chosen.
 * `endsDraft`: a close that is done later ends what was begun to write there too.
 */
export function useClosing(row: () => ContactRow, actions: ContactActions, endsDraft = false): Closing {
  const open = useOpenContact()
  const router = useRouter()
  const { t } = useI18n()
  const setup = useSetup()
  const queued = useQueued()
  const outbox = useOutbox()
  const toasts = useToasts()
  const full = computed(() => setup.queue(row().queue_id)?.full_wrap_up.includes(row().channel) ?? false)
  const chosen = ref<string[]>([])
  const others = computed(() => waitingOf(open.detail.value?.other_open ?? []))
  const saying = ref(false)
  const busy = computed(() => saying.value || actions.busy.value)
  let next = ''
  let closed = ''
  onMounted(() => void open.reload()) // who waits may have changed since it was opened

  /** Whoever is told to wait may open another contact: all that is sent is taken before, of this one. */
  async function close(disposition: DispositionBody | null, say?: () => Promise<boolean>): Promise<Ended> {
    if (busy.value) return 'refused'
    const { id } = row()
    const sent = disposition && { ...disposition }
    const rows = others.value.filter((row) => chosen.value.includes(row.id))
    const held = rows.length === 0 ? outbox.own.filter((one) => one.contactId === id && one.state === 'held').map((one) => one.clientId) : []
    const said = t(held.length ? 'finish.following' : full.value ? 'finish.kept' : 'finish.done')
    const undo = held.length ? { label: t('common.undo'), run: () => void reopen(id, held) } : undefined
    saying.value = true
    try {
      if (say && !(await say())) return 'refused'
    } finally {
      saying.value = false
    }
    closed = id
    const ended = rows.length === 0 ? await actions.close(id, sent, said, endsDraft, undo) : await closeWith(rows, id, sent, said)
    if (ended === 'done') queued.forget(id)
    return ended
  }

  /** What was sent is taken back, and so it stays open: there it is, with the words in the composer. */
  async function reopen(id: string, held: string[]): Promise<void> {
    const taken = []
    for (const clientId of held.toReversed()) taken.push(await outbox.undo(clientId))
    if (taken.some(Boolean)) await router.push(`/desk/${id}`)
    else if (!held.some(outbox.shows)) toasts.error(t('errors.later.went'))
  }

  async function closeWith(rows: ContactRow[], id: string, sent: DispositionBody | null, said: string): Promise<Ended> {
    let answer: Together | undefined
    const request = async (): Promise<void> => void (answer = await closeTogether(id, sent, rows.map((row) => row.id)))
    if (!(await actions.run(request, said, id)) || !answer) return 'refused'
    tellTogether(answer, rows)
    next = answer.taken[0]?.contact_id ?? ''
    return 'done'
  }

  async function leave(): Promise<void> {
    if (open.id.value === closed) await router.push(next ? `/desk/${next}` : '/desk')
  }

  return { others, chosen, full, busy, close, leave }
}
