import { defineAsyncComponent, ref, shallowRef, type AsyncComponentLoader, type Component, type Ref, type ShallowRef } from 'vue'

const AGAIN_MS = 1_000
const LONGEST_MS = 20_000

/**
 * A component that is fetched when it is first drawn. Where it cannot be had it is asked for again until it comes: a
 * line that was cut takes no dialog away until the next reload.
 */
export function late<T extends Component>(load: AsyncComponentLoader<T>): T {
  return defineAsyncComponent<T>({
    loader: load,
    onError: (_error, again, _give, times) => void setTimeout(again, Math.min(AGAIN_MS * 2 ** (times - 1), LONGEST_MS)),
  })
}

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
