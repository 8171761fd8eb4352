import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Refusal {
  id: string
  name: string
  why: string
}

/** What an act on many contacts left undone; told until it is put away, also when its rows have left the list. */
export const useRefusals = defineStore('refusals', () => {
  const items = ref<Refusal[]>([])
  return { items }
})
