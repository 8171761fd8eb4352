import { computed, reactive, watch, type ComputedRef } from 'vue'

import type { ContactRow, Disposition, DispositionBody, Label } from '@/shared/api/types'
import { readStored, writeStored } from '@/shared/lib/stored'
import { useSetup } from '@/stores/setup'

export interface ReasonLine extends Label {
  /** "Repair › Visit › Late": the whole path, for people and for the search. */
  path: string
  top: boolean
}

export interface DispositionForm {
  value: DispositionBody
  required: ComputedRef<boolean>
  complete: ComputedRef<boolean>
  reasons: ComputedRef<ReasonLine[]>
  /** The five reasons this agent used last in this queue: keys 1–5. */
  top: ComputedRef<ReasonLine[]>
  remember: () => void
}

const TOP = 5

export function useDispositionForm(row: () => ContactRow, known: () => Disposition | undefined): DispositionForm {
  const setup = useSetup()
  const value = reactive<DispositionBody>({ reason_id: null, outcome_id: null, next_action: null, note: '' })
  const key = computed(() => `reasons.${row().queue_id}`)

  watch(
    () => [row().id, known()] as const,
    ([, disposition]) => {
      if (!disposition) return
      value.reason_id ??= disposition.reason_id
      value.outcome_id ??= disposition.outcome_id
      value.next_action ??= disposition.next_action
      value.note ||= disposition.note ?? ''
    },
    { immediate: true },
  )

  const ofQueue = computed(() => (setup.value?.reasons ?? []).filter((one) => one.queues.length === 0 || one.queues.includes(row().queue_id)))
  const parents = computed(() => new Set(ofQueue.value.map((one) => one.parent_id)))
  const reasons = computed<ReasonLine[]>(() =>
    ofQueue.value
      .filter((one) => !parents.value.has(one.id))
      .map((one) => ({ ...one, path: pathOf(one.id), top: false })),
  )

  function pathOf(id: string): string {
    const names: string[] = []
    for (let one = setup.value?.reasons.find((reason) => reason.id === id); one; one = setup.value?.reasons.find((reason) => reason.id === one?.parent_id)) {
      names.unshift(setup.inLocale(one))
    }
    return names.join(' › ')
  }

  const top = computed(() => {
    const used = readStored<string[]>(key.value, [])
    const first = used.flatMap((id) => reasons.value.find((one) => one.id === id) ?? [])
    return [...first, ...reasons.value.filter((one) => !used.includes(one.id))].slice(0, TOP)
  })

  const required = computed(() => setup.queue(row().queue_id)?.disposition_required ?? false)
  const complete = computed(() => !required.value || (value.reason_id !== null && value.outcome_id !== null))

  function remember(): void {
    if (!value.reason_id) return
    const used = readStored<string[]>(key.value, []).filter((id) => id !== value.reason_id)
    writeStored(key.value, [value.reason_id, ...used].slice(0, TOP))
  }

  return { value, required, complete, reasons, top, remember }
}
