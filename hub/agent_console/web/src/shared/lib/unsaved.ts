import { computed, onBeforeUnmount, onMounted, ref, type WritableComputedRef } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate, type RouteLocationNormalized } from 'vue-router'

import { useSession } from '@/stores/session'

/** `asking`: whether the question is shown (UnsavedDialog). `answer`: go without saving, or stay. */
export interface Unsaved {
  asking: WritableComputedRef<boolean>
  answer: (go: boolean) => void
}

/**
 * Ask before a page with something unsaved is left: by our dialog inside the console, by the browser's
 * where its window is closed or loaded anew. `stays`: the way leads to what is shown anyway.
 */
export function useUnsaved(unsaved: () => boolean, stays: (to: RouteLocationNormalized) => boolean = () => false): Unsaved {
  const session = useSession()
  const leaving = ref<((go: boolean) => void) | null>(null)
  const asking = computed({ get: () => leaving.value !== null, set: (open) => !open && answer(false) })
  function answer(go: boolean): void {
    leaving.value?.(go)
    leaving.value = null
  }
  function guard(): boolean | Promise<boolean> {
    if (!unsaved() || !session.signedIn) return true // whose session ended has to sign in
    answer(false)
    return new Promise<boolean>((resolve) => (leaving.value = resolve))
  }
  function keep(event: BeforeUnloadEvent): void {
    if (unsaved()) event.preventDefault()
  }
  onBeforeRouteLeave(guard)
  onBeforeRouteUpdate((to) => (stays(to) ? true : guard()))
  onMounted(() => window.addEventListener('beforeunload', keep))
  onBeforeUnmount(() => window.removeEventListener('beforeunload', keep))
  return { asking, answer }
}
