import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import { listAsked, type Asked } from '@/shared/api/joining'
import { useLive } from './live'

/** Open questions of colleagues to me: read once somebody shows them, after a reconnect, and when told of a change. */
export const useAsked = defineStore('asked', () => {
  const live = useLive()
  const questions = ref<Asked[]>([])
  const byContact = computed(() => new Map(questions.value.filter((one) => one.to_me).map((one) => [one.contact?.id, one])))
  let begun = false
  let turn = 0
  // Here, not where they are first shown: a page that goes takes its own watchers with it.
  watch(() => live.stale, (stale) => begun && stale?.code === 'consults_changed' && void load(), { flush: 'sync' }) // the next one may come at once
  watch(() => live.picture.at, (at) => begun && (at === null ? forget() : void load()))

  async function load(): Promise<void> {
    const mine = (turn += 1)
    try {
      const { items } = await listAsked()
      if (mine === turn) questions.value = items
    } catch {
      // The list stays as it was; the next change, or a new connection, asks again.
    }
  }

  /** Signed out: they are not for who comes next. */
  function forget(): void {
    turn += 1
    questions.value = []
  }

  /** Read them from now on. */
  function begin(): void {
    if (begun) return
    begun = true
    void load()
  }

  /** What is mine: the contacts in my hands, and what is asked of me. */
  const mine = computed(() => live.contacts.length + questions.value.length)

  /** What is asked of me about a contact. */
  const of = (contactId: string): Asked | undefined => byContact.value.get(contactId)

  return { questions, mine, load, begin, of }
})
