import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'

interface Item {
  id: string
}

/**
 * A list that does not move under the hand: while `held` is true the rows keep their places, rows that
 * leave disappear, and rows that arrive are only counted (console.md 9, "3 new ↑").
 */
export function useCalmOrder<T extends Item>(
  items: Ref<T[]>,
  held: Ref<boolean>,
): { shown: ComputedRef<T[]>; arrived: ComputedRef<number>; refresh: () => void } {
  const order = ref<string[]>([])

  function refresh(): void {
    order.value = items.value.map((item) => item.id)
  }

  watch([items, held], () => !held.value && refresh(), { immediate: true })

  const shown = computed(() => {
    const byId = new Map(items.value.map((item) => [item.id, item]))
    return order.value.flatMap((id) => byId.get(id) ?? [])
  })
  const arrived = computed(() => items.value.length - shown.value.length)
  return { shown, arrived, refresh }
}
