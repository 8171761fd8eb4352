import { defineStore } from 'pinia'
import { watch } from 'vue'

import { setLocale, startLocale, type Locale } from '@/i18n'
import { useStored } from '@/shared/lib/stored'

export type Theme = 'system' | 'light' | 'dark'

/** What this person set in this browser: looks, language, sound, keys, pane widths. */
export const usePreferences = defineStore('preferences', () => {
  const theme = useStored<Theme>('theme', 'system')
  const locale = useStored<Locale>('locale', startLocale())
  const shortcuts = useStored('shortcuts', true)
  const enterSends = useStored('enterSends', true)
  const richText = useStored('richText', true)
  const undoSeconds = useStored('undoSeconds', 5)
  const compact = useStored('compact', false)
  const sound = useStored('sound', true)
  const volume = useStored('volume', 0.6)
  const desktopNotices = useStored('desktopNotices', true)
  const listWidth = useStored('listWidth', 344)
  const panelOpen = useStored('panelOpen', true)

  watch(
    theme,
    (value) => {
      if (value === 'system') delete document.documentElement.dataset['theme']
      else document.documentElement.dataset['theme'] = value
    },
    { immediate: true },
  )
  watch(locale, (value) => void setLocale(value))

  return {
    theme,
    locale,
    shortcuts,
    enterSends,
    richText,
    undoSeconds,
    compact,
    sound,
    volume,
    desktopNotices,
    listWidth,
    panelOpen,
  }
})
