import { computed, type ComputedRef } from 'vue'

import { useColleagues } from '@/features/views/colleagues'
import { useSession } from '@/stores/session'
import { useSetup } from '@/stores/setup'
import type { Names } from './operators'

/** What operators of a search can name. `load`: what is not known yet; without it such a name is told as unknown. */
export function useSearchNames(): { names: ComputedRef<Names>; load: () => Promise<unknown> } {
  const session = useSession()
  const setup = useSetup()
  const colleagues = useColleagues()
  const both = (one: { id: string; zh: string; en: string }) => ({ id: one.id, names: [one.zh, one.en] })
  const names = computed<Names>(() => ({
    tiers: (setup.value?.tiers ?? []).map(both),
    queues: (setup.value?.queues ?? []).map(both),
    tags: (setup.value?.tags ?? []).map(both),
    agents: [...colleagues.all.map((one) => ({ id: one.id, names: [one.name] })), ...(session.me ? [{ id: session.me.id, names: [session.me.name] }] : [])],
  }))
  return { names, load: () => Promise.all([setup.load(), colleagues.load()]).catch(() => undefined) }
}
