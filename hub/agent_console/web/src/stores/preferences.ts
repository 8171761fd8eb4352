import { defineStore } from 'pinia'
import { watch } from 'vue'

import { setLocale, startLocale, type Locale } from '@/i18n'
import type { AlertChoices } from '@/shared/lib/alerts'
import { useStored } from '@/shared/lib/stored'
import { keepWithPerson } from './own_settings'

export type Theme = 'system' | 'light' | 'dark'

/** What this person set: looks, language, sound, keys, pane widths. What is no matter of this screen goes along to other browsers. */
export const usePreferences = defineStore('preferences', () => {
  const theme = useStored<Theme>('theme', 'system')
  const locale = useStored<Locale>('locale', startLocale())
  const shortcuts = useStored('shortcuts', true)
  /** Own keys by the id of the command; '' switches one off. */
  const keys = useStored<Record<string, string>>('keys', {})
  const enterSends = useStored('enterSends', true)
  const richText = useStored('richText', true)
  const compact = useStored('compact', false)
  const sound = useStored('sound', true)
  const volume = useStored('volume', 0.6)
  const soundFocused = useStored('soundFocused', true)
  const quietOnCall = useStored('quietOnCall', true)
  const alerts = useStored<AlertChoices>('alerts', {})
  const desktopNotices = useStored('desktopNotices', true)
  const listWidth = useStored('listWidth', 344)
  const panelWidth = useStored('panelWidth', 320)
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

  const takeKept = keepWithPerson({ keys, shortcuts, enterSends, richText, compact, alerts, soundFocused, quietOnCall })

  return {
    takeKept,
    theme,
    locale,
    shortcuts,
    keys,
    enterSends,
    richText,
    compact,
    sound,
    volume,
    desktopNotices,
    soundFocused,
    quietOnCall,
    alerts,
    listWidth,
    panelWidth,
    panelOpen,
  }
})
