import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import * as desk from '@/shared/api/desk'
import { messageOf } from '@/shared/api/errors'
import * as api from '@/shared/api/steering'
import type { Moved } from '@/shared/api/steering_types'
import type { AgentView, ContactRow, StateName } from '@/shared/api/types'
import { useToasts } from '@/stores/toasts'

export interface Target {
  queue_id?: string
  agent_id?: string
}

export const HIGHEST = 9

export interface Steering {
  busy: Ref<boolean>
  raise: (row: ContactRow, by: 1 | -1) => Promise<boolean>
  move: (rows: ContactRow[], to: Target, name: string) => Promise<boolean>
  pull: (row: ContactRow) => Promise<boolean>
  complete: (row: ContactRow) => Promise<boolean>
  setState: (agent: AgentView, state: StateName, reason: string | null) => Promise<boolean>
  signOut: (agent: AgentView) => Promise<boolean>
}

/** What a supervisor does with what waits and with agents; what can be taken back has an undo. */
export function useSteering(changed: () => void = () => undefined): Steering {
  const busy = ref(false)
  const toasts = useToasts()
  const { t } = useI18n()

  async function run<T>(request: () => Promise<T>, said: (answer: T) => void): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    try {
      said(await request())
      changed()
      return true
    } catch (error) {
      toasts.error(messageOf(error))
      return false
    } finally {
      busy.value = false
    }
  }
  const undo = (act: () => Promise<boolean>) => ({ label: t('common.undo'), run: () => void act() })

  const setPriority = (id: string, before: number, after: number, undoable: boolean): Promise<boolean> =>
    run(
      () => api.setPriority(id, after),
      () => toasts.done(t('steer.priorityIs', { priority: after }), undoable ? undo(() => setPriority(id, after, before, false)) : undefined),
    )

  function raise(row: ContactRow, by: 1 | -1): Promise<boolean> {
    const after = Math.min(HIGHEST, Math.max(0, row.priority + by))
    return after === row.priority ? Promise.resolve(false) : setPriority(row.id, row.priority, after, true)
  }

  /** Back to where each one was: one request for each queue they came from. */
  async function moveBack(moved: Moved['moved']): Promise<boolean> {
    const byQueue = new Map<string, string[]>()
    for (const one of moved) byQueue.set(one.queue_id, [...(byQueue.get(one.queue_id) ?? []), one.contact_id])
    return run(
      () => Promise.all([...byQueue].map(([queue_id, contact_ids]) => api.moveContacts({ contact_ids, queue_id }))),
      (answers) => tell(answers.flatMap((one) => one.refused), answers.reduce((sum, one) => sum + one.moved.length, 0), t('steer.movedBack')),
    )
  }

  function tell(refused: Moved['refused'], count: number, text: string, action?: ReturnType<typeof undo>): void {
    if (count > 0) toasts.done(text, action)
    if (refused.length > 0) toasts.error(t('steer.notMoved', { count: refused.length, reason: t(`steer.refused.${refused[0]!.code.replace('.', '_')}`) }))
  }

  const move = (rows: ContactRow[], to: Target, name: string): Promise<boolean> =>
    run(
      () => api.moveContacts({ contact_ids: rows.map((row) => row.id), ...to }),
      (answer) => tell(answer.refused, answer.moved.length, t('steer.moved', { count: answer.moved.length, name }), undo(() => moveBack(answer.moved))),
    )

  function setState(agent: AgentView, state: StateName, reason: string | null): Promise<boolean> {
    const before = { state: agent.state, reason: agent.reason }
    const back = before.state === 'offline' ? undefined : undo(() => run(() => api.setStateOf(agent.id, before), () => undefined))
    return run(
      () => api.setStateOf(agent.id, { state, reason }),
      () => toasts.done(t('steer.stateSet', { name: agent.name, state: t(`state.${state}`) }), back),
    )
  }

  return {
    busy,
    raise,
    move,
    setState,
    pull: (row) => run(() => desk.pull(row.id), () => toasts.done(t('steer.pulled'))),
    complete: (row) => run(() => api.completeWrapUp(row.id), () => toasts.done(t('steer.completed'))),
    signOut: (agent) => run(() => api.signOut(agent.id), () => toasts.done(t('steer.signedOut', { name: agent.name }))),
  }
}
