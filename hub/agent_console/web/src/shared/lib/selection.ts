import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'

interface Item {
  id: string
}

export interface Selection<T> {
  ids: Ref<Set<string>>
  rows: ComputedRef<T[]>
  toggle: (id: string, range: boolean) => void
  choose: (ids: string[]) => void
  clear: () => void
}

/** Rows chosen to be acted on together. A range goes from the last one touched; what left the list is dropped. */
export function useSelection<T extends Item>(items: Ref<T[]>): Selection<T> {
  const ids = ref(new Set<string>())
  let last = ''

  function toggle(id: string, range: boolean): void {
    const next = new Set(ids.value)
    const order = items.value.map((item) => item.id)
    const [from, to] = [order.indexOf(last), order.indexOf(id)]
    if (range && from >= 0 && to >= 0) {
      for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one)
    } else if (!next.delete(id)) next.add(id)
    last = id
    ids.value = next
  }

  watch(items, (now) => {
    const there = new Set(now.map((item) => item.id))
    const kept = [...ids.value].filter((id) => there.has(id))
    if (kept.length !== ids.value.size) ids.value = new Set(kept)
  })

  return {
    ids,
    rows: computed(() => items.value.filter((item) => ids.value.has(item.id))),
    toggle,
    choose: (chosen) => (ids.value = new Set(chosen)),
    clear: () => (ids.value = new Set()),
  }
}
