import { computed, onScopeDispose, ref, type ComputedRef } from 'vue'

import { usePreferences } from '@/stores/preferences'

/** Is the console shown dark now: by the reader's choice, else as the system is. */
export function useDark(): ComputedRef<boolean> {
  const preferences = usePreferences()
  const system = window.matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(system.matches)
  const changed = (event: MediaQueryListEvent): void => void (systemDark.value = event.matches)
  system.addEventListener('change', changed)
  onScopeDispose(() => system.removeEventListener('change', changed))
  return computed(() => (preferences.theme === 'system' ? systemDark.value : preferences.theme === 'dark'))
}
