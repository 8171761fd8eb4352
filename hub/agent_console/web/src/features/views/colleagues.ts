import { defineStore } from 'pinia'
import { ref } from 'vue'

import { listColleagues } from '@/shared/api/desk'
import type { Colleague } from '@/shared/api/types'
import { useSession } from '@/stores/session'

/** Whom a filter may name, and what they are called; asked once for a page of the console. */
export const useColleagues = defineStore('colleagues', () => {
  const all = ref<Colleague[]>([])
  const session = useSession()
  let asked: Promise<void> | undefined

  function load(): Promise<void> {
    asked ??= listColleagues().then(
      (page) => void (all.value = page.items),
      () => void (asked = undefined), // their ids are shown, and the next filter asks again
    )
    return asked
  }
  function nameOf(id: string): string {
    void load()
    if (id === session.me?.id) return session.me.name
    return all.value.find((one) => one.id === id)?.name ?? id
  }
  return { all, load, nameOf }
})
