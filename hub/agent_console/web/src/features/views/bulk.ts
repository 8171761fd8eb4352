import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { messageOf, refusalWords } from '@/shared/api/errors'
import type { ContactRow } from '@/shared/api/types'
import * as api from '@/shared/api/views'
import { customerName } from '@/shared/domain/address'
import { useSession } from '@/stores/session'
import { useToasts } from '@/stores/toasts'
import { useRefusals } from './refusals'

export const MOST_AT_ONCE = 500

export interface Bulk {
  busy: Ref<boolean>
  run: (rows: ContactRow[], act: api.BulkAct, said: (count: number) => string) => Promise<boolean>
}

/** One act on many contacts: what was done can be taken back where that is possible, what was refused is told by name. */
export function useBulk(changed: () => void): Bulk {
  const busy = ref(false)
  const refusals = useRefusals()
  const toasts = useToasts()
  const session = useSession()
  const { t, te } = useI18n()

  const why = (one: api.BulkAnswer['refused'][number]): string => {
    const code = `views.refused.${one.code.replaceAll('.', '_')}`
    const key = one.who && te(`${code}By`) ? `${code}By` : code
    return te(key) ? t(key, { who: one.who ?? '' }) : refusalWords(one)
  }

  /** The acts that bring contacts back to where they were; [] where there is no way back. */
  function back(act: api.BulkAct, done: api.Before[]): [string[], api.BulkAct][] {
    const by = <K>(key: (one: api.Before) => K, make: (key: K) => api.BulkAct): [string[], api.BulkAct][] => {
      const groups = new Map<K, string[]>()
      for (const one of done) groups.set(key(one), [...(groups.get(key(one)) ?? []), one.contact_id])
      return [...groups].map(([group, ids]) => [ids, make(group)])
    }
    if (act.act === 'tags') return by((one) => JSON.stringify([one.removed, one.added]), (key) => (([add, remove]) => ({ act: 'tags' as const, add, remove }))(JSON.parse(key) as [string[], string[]]))
    if (act.act === 'spam') return [[done.map((one) => one.contact_id), { act: 'no_spam' }]]
    if (act.act === 'priority') return by((one) => one.priority, (to) => ({ act: 'priority', to }))
    if (act.act === 'park') return done.every((one) => one.agent_id === session.me?.id) ? [[done.map((one) => one.contact_id), { act: 'resume' }]] : []
    const waited = done.every((one) => one.state === 'queued' || one.state === 'offered')
    if ((act.act === 'queue' || act.act === 'assign') && waited && (session.supervises || act.act === 'assign')) return by((one) => one.queue_id, (queue_id) => ({ act: 'queue', queue_id }))
    return []
  }

  async function undo(steps: [string[], api.BulkAct][], said: string): Promise<void> {
    try {
      const answers = await Promise.all(steps.map(([ids, act]) => api.doWithMany(ids, act)))
      const left = answers.flatMap((one) => one.refused).length
      if (left > 0) toasts.error(t('views.notUndone', left))
      else toasts.done(said)
      changed()
    } catch (error) {
      toasts.error(messageOf(error))
    }
  }

  async function run(rows: ContactRow[], act: api.BulkAct, said: (count: number) => string): Promise<boolean> {
    if (busy.value || rows.length === 0) return false
    busy.value = true
    const chosen = rows.slice(0, MOST_AT_ONCE)
    try {
      const answer = await api.doWithMany(chosen.map((row) => row.id), act)
      const names = new Map(chosen.map((row) => [row.id, customerName(row.customer)]))
      refusals.items = answer.refused.map((one) => ({ id: one.contact_id, name: names.get(one.contact_id) ?? '', why: why(one) }))
      const done = act.act === 'tags' ? answer.done.filter((one) => one.added.length + one.removed.length > 0) : answer.done
      const steps = back(act, done)
      const undone = t(act.act === 'tags' ? 'views.tags.undone' : 'steer.movedBack')
      if (done.length > 0) toasts.done(said(done.length), steps.length ? { label: t('common.undo'), run: () => void undo(steps, undone) } : undefined)
      else if (answer.done.length > 0) toasts.done(t('views.tags.same'))
      changed()
      return true
    } catch (error) {
      toasts.error(messageOf(error))
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, run }
}
