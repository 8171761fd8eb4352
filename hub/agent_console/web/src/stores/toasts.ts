import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Toast {
  id: number
  kind: 'done' | 'error'
  text: string
  action?: { label: string; run: () => void }
}

/** Short answers to the user's own actions, with one action (Undo, Retry). Never for arrivals. */
export const useToasts = defineStore('toasts', () => {
  const items = ref<Toast[]>([])
  let next = 1

  function show(kind: Toast['kind'], text: string, action?: Toast['action']): void {
    const id = next++
    items.value = [...items.value.slice(-2), { id, kind, text, action }]
    window.setTimeout(() => drop(id), kind === 'error' ? 12_000 : 6_000)
  }

  const done = (text: string, action?: Toast['action']): void => show('done', text, action)
  const error = (text: string, action?: Toast['action']): void => show('error', text, action)

  function drop(id: number): void {
    items.value = items.value.filter((toast) => toast.id !== id)
  }

  function act(id: number): void {
    const toast = items.value.find((one) => one.id === id)
    drop(id)
    toast?.action?.run()
  }

  return { items, done, error, drop, act }
})
