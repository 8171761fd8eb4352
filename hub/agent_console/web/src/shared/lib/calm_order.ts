import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'

interface Item {
  id: string
}

interface CalmOrder<T> {
  /** The rows that were there when it was held, in the order of then. */
  shown: ComputedRef<T[]>
  /** All rows: those, and at their end what arrived since. */
  all: ComputedRef<T[]>
  arrived: ComputedRef<number>
  refresh: () => void
}

/**
 * A list that does not move under the hand: while `held` is true the rows keep their places, rows that
 * leave disappear, and rows that arrive are only counted (console.md 9, "3 new ↑"). What comes behind
 * all that is known, as the next page does, moves nothing and is shown.
 */
export function useCalmOrder<T extends Item>(items: Ref<T[]>, held: Ref<boolean>): CalmOrder<T> {
  const order = ref<string[]>([])

  function refresh(): void {
    order.value = items.value.map((item) => item.id)
  }

  refresh()
  watch([items, held], () => !held.value && refresh())

  const shown = computed(() => {
    const byId = new Map(items.value.map((item) => [item.id, item]))
    const known = new Set(order.value)
    const last = items.value.findLastIndex((item) => known.has(item.id))
    return [...order.value.flatMap((id) => byId.get(id) ?? []), ...(last < 0 ? [] : items.value.slice(last + 1))]
  })
  const all = computed(() => {
    const there = new Set(shown.value.map((item) => item.id))
    return [...shown.value, ...items.value.filter((item) => !there.has(item.id))]
  })
  const arrived = computed(() => items.value.length - shown.value.length)
  return { shown, all, arrived, refresh }
}
