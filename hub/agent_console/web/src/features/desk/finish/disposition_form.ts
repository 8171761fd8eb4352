import { computed, reactive, watch, type ComputedRef } from 'vue'

import type { ClosingField, ContactRow, Disposition, DispositionBody, Label, Setup } from '@/shared/api/types'
import { readStored, writeStored } from '@/shared/lib/stored'
import { useQueued } from '@/stores/queued'
import { useSetup } from '@/stores/setup'

export interface ReasonLine extends Label {
  /** "Repair › Visit › Late": the whole path, for people and for the search. */
  path: string
  top: boolean
  /** The path in small letters, and its name in Latin ones: what the search looks at. */
  found: string
  words: string[]
}

export interface AskedField extends ClosingField {
  required: boolean
}

export interface DispositionForm {
  value: DispositionBody & { fields: Record<string, string | number | null> }
  /** What the chosen reason and outcome ask for → is it required. */
  asked: ComputedRef<Record<string, boolean>>
  /** Those of it that are fields of the set-up. */
  fields: ComputedRef<AskedField[]>
  required: ComputedRef<boolean>
  complete: ComputedRef<boolean>
  reasons: ComputedRef<ReasonLine[]>
  /** The five reasons this agent used last in this queue: keys 1–5. */
  top: ComputedRef<ReasonLine[]>
  outcomes: ComputedRef<Label[]>
  actions: ComputedRef<Label[]>
  remember: () => void
}

/** What closing is drawn from: the set-up in force, or one that is being made. */
export type ClosingSetup = Pick<Setup, 'reasons' | 'outcomes' | 'closing_fields' | 'next_actions' | 'queues'>

const TOP = 5

/**
 * What is said at closing. It begins with what was said before: to the hub, or in a close that it has not taken. `drawn`: the
 * set-up it is drawn from, where that is not the one in force.
 */
export function useDispositionForm(row: () => Pick<ContactRow, 'id' | 'queue_id'>, known: () => Disposition | undefined, drawn?: () => ClosingSetup): DispositionForm {
  const names = useSetup()
  const queued = useQueued()
  const setup = computed(() => drawn?.() ?? names.value)
  const value = reactive<DispositionForm['value']>({ reason_id: null, outcome_id: null, next_action: null, note: '', fields: {} })
  const key = computed(() => `reasons.${row().queue_id}`)

  watch(
    () => [row().id, queued.saidOf(row().id) ?? known()] as const,
    ([, disposition]) => {
      if (!disposition) return
      value.reason_id ??= disposition.reason_id
      value.outcome_id ??= disposition.outcome_id
      value.next_action ??= disposition.next_action
      value.note ||= disposition.note ?? ''
      value.fields = { ...disposition.fields, ...value.fields }
    },
    { immediate: true },
  )

  const ofQueue = computed(() => (setup.value?.reasons ?? []).filter((one) => one.queues.length === 0 || one.queues.includes(row().queue_id)))
  const parents = computed(() => new Set(ofQueue.value.map((one) => one.parent_id)))
  const reasons = computed<ReasonLine[]>(() =>
    ofQueue.value
      .filter((one) => !parents.value.has(one.id))
      .map((one) => ({ ...one, path: pathOf(one.id), top: false, found: `${pathOf(one.id)} ${one.zh} ${one.en}`.toLowerCase() })),
  )

  function pathOf(id: string): string {
    const path: string[] = []
    for (let one = setup.value?.reasons.find((reason) => reason.id === id); one; one = setup.value?.reasons.find((reason) => reason.id === one?.parent_id)) {
      path.unshift(names.inLocale(one))
    }
    return path.join(' › ')
  }

  const top = computed(() => {
    const used = readStored<string[]>(key.value, [])
    const first = used.flatMap((id) => reasons.value.find((one) => one.id === id) ?? [])
    return [...first, ...reasons.value.filter((one) => !used.includes(one.id))].slice(0, TOP)
  })

  const asked = computed(() => {
    const found: Record<string, boolean> = {}
    const reason = setup.value?.reasons.find((one) => one.id === value.reason_id)
    const outcome = setup.value?.outcomes.find((one) => one.id === value.outcome_id)
    for (const ask of [...(reason?.asks ?? []), ...(outcome?.asks ?? [])]) found[ask.field] = found[ask.field] === true || ask.required
    return found
  })
  const fields = computed<AskedField[]>(() =>
    Object.entries(asked.value).flatMap(([key, needed]) => {
      const field = setup.value?.closing_fields.find((one) => one.id === key)
      return field ? [{ ...field, required: needed }] : []
    }),
  )
  const blank = (key: string): boolean => String(value.fields[key] ?? '').trim() === ''
  /** A product and a commitment are made elsewhere: the hub says where they are missing. */
  const answered = computed(
    () =>
      !(asked.value['note'] && value.note.trim() === '') &&
      !(asked.value['next_action'] && [null, '', 'none'].includes(value.next_action)) &&
      !fields.value.some((field) => field.required && blank(field.id)),
  )

  const required = computed(() => setup.value?.queues.find((one) => one.id === row().queue_id)?.disposition_required ?? false)
  const outcomes = computed(() => setup.value?.outcomes ?? [])
  const actions = computed(() => setup.value?.next_actions ?? [])
  const complete = computed(() => answered.value && (!required.value || (value.reason_id !== null && value.outcome_id !== null)))

  function remember(): void {
    if (!value.reason_id) return
    const used = readStored<string[]>(key.value, []).filter((id) => id !== value.reason_id)
    writeStored(key.value, [value.reason_id, ...used].slice(0, TOP))
  }

  return { value, asked, fields, required, complete, reasons, top, outcomes, actions, remember }
}
