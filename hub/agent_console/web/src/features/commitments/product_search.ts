import { onScopeDispose, ref, watch, type Ref } from 'vue'

import { findProducts, type ProductChoice } from '@/shared/api/commitments'
import { ApiError } from '@/shared/api/http'

const PAUSE_MS = 250
const LEAST = 2

/** The one product of the list that is called so; null for none, and for several of one name. */
export function productNamed(found: readonly ProductChoice[], typed: string): ProductChoice | null {
  const wanted = typed.trim()
  const same = found.filter((one) => one.name === wanted || one.external_id === wanted)
  return same.length === 1 ? (same[0] ?? null) : null
}

/** Products that are sold, by what is typed; without an answer one types the name oneself. */
export function useProducts(typed: Ref<string>): Ref<ProductChoice[]> {
  const found = ref<ProductChoice[]>([])
  let timer: number | undefined
  let asked = 0

  async function ask(words: string): Promise<void> {
    const mine = ++asked
    try {
      const page = await findProducts(words)
      if (mine === asked) found.value = page.items.filter((one) => !one.retired)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
  }
  watch(typed, (words) => {
    window.clearTimeout(timer)
    const wanted = words.trim()
    if (wanted.length >= LEAST && !productNamed(found.value, wanted)) timer = window.setTimeout(() => void ask(wanted), PAUSE_MS)
  })
  onScopeDispose(() => {
    asked += 1
    window.clearTimeout(timer)
  })
  return found
}
