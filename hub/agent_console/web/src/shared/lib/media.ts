import { onScopeDispose, ref, type Ref } from 'vue'

/** Whether a media query holds, as a ref. */
export function useMedia(query: string): Ref<boolean> {
  const list = window.matchMedia(query)
  const matches = ref(list.matches)
  const changed = (event: MediaQueryListEvent): void => void (matches.value = event.matches)
  list.addEventListener('change', changed)
  onScopeDispose(() => list.removeEventListener('change', changed))
  return matches
}
