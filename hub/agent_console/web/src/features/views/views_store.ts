import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { messageOf } from '@/shared/api/errors'
import * as api from '@/shared/api/views'
import { useToasts } from '@/stores/toasts'

/** The views there are, in the user's order, and how many contacts each shows. */
export const useViews = defineStore('views', () => {
  const views = ref<api.SavedView[]>([])
  const teams = ref<api.TeamLabel[]>([])
  const counts = ref<Record<string, api.ViewCount>>({})
  const loaded = ref(false)
  const toasts = useToasts()
  let asking: Promise<void> | undefined

  async function read(): Promise<void> {
    const found = await api.listViews()
    views.value = found.views
    teams.value = found.teams
    loaded.value = true
  }

  /** Load them once; `again` after something was changed. */
  function load(again = false): Promise<void> {
    if (again) asking = undefined
    asking ??= read().catch((error: unknown) => {
      asking = undefined
      toasts.error(messageOf(error))
    })
    return asking
  }

  const find = (id: string): api.SavedView | undefined => views.value.find((view) => view.id === id)
  const own = computed(() => views.value.filter((view) => !view.built_in))

  /** Read how many these show; what cannot be asked now stays as it was. */
  async function count(ids: string[]): Promise<void> {
    if (ids.length === 0) return
    try {
      const found = (await api.countViews(ids)).items
      counts.value = { ...counts.value, ...Object.fromEntries(found.map((one) => [one.id, one])) }
    } catch {
      // the next turn asks again
    }
  }

  function words(id: string): string {
    const found = counts.value[id]
    return found ? `${found.count}${found.more ? '+' : ''}` : ''
  }

  async function run<T>(request: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await request()
      await load(true)
      return answer
    } catch (error) {
      toasts.error(messageOf(error))
      return null
    }
  }

  return {
    views,
    teams,
    own,
    loaded,
    load,
    find,
    count,
    words,
    add: (body: Parameters<typeof api.addView>[0]) => run(() => api.addView(body)),
    save: (id: string, body: Parameters<typeof api.saveView>[1]) => run(() => api.saveView(id, body)),
    remove: async (id: string): Promise<boolean> => (await run(() => api.removeView(id).then(() => true))) === true,
    order: (ids: string[]) => run(() => api.orderViews(ids)),
  }
})
