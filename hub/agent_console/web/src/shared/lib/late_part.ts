import { ref, shallowRef, type Component, type Ref, type ShallowRef } from 'vue'

/** A part of a page that is fetched when it is first wanted. */
export interface LatePart {
  part: ShallowRef<Component | null>
  /** It is wanted: drawn once it has come. */
  wanted: Ref<boolean>
  /** Whether it could be had. Where not, it is wanted no more, and the next wish fetches again. */
  show: () => Promise<boolean>
}

export function useLatePart(load: () => Promise<{ default: Component }>): LatePart {
  const part = shallowRef<Component | null>(null)
  const wanted = ref(false)

  async function show(): Promise<boolean> {
    wanted.value = true
    try {
      part.value ??= (await load()).default
      return true
    } catch {
      wanted.value = false
      return false
    }
  }
  return { part, wanted, show }
}
