import { defineStore } from 'pinia'
import { watch, type Ref } from 'vue'

import { setLocale, startLocale, type Locale } from '@/i18n'
import type { AlertChoices } from '@/shared/lib/alerts'
import type { OfferSounds } from '@/shared/lib/offer_sounds'
import { useStored } from '@/shared/lib/stored'
import { keepWithPerson, type OwnSetting } from './own_settings'

export type Theme = 'system' | 'light' | 'dark'

/** What this person set: looks, language, sound, keys, pane widths. What is no matter of this screen goes along to other browsers. */
export const usePreferences = defineStore('preferences', () => {
  const goesAlong: Record<string, OwnSetting> = {}
  function own<T>(name: string, standard: T): Ref<T> {
    const value = useStored<T>(name, standard)
    goesAlong[name] = { ref: value, standard: JSON.parse(JSON.stringify(standard)) }
    return value
  }

  const theme = useStored<Theme>('theme', 'system')
  const locale = useStored<Locale>('locale', startLocale())
  const shortcuts = own('shortcuts', true)
  /** Own keys by the id of the command; '' switches one off. */
  const keys = own<Record<string, string>>('keys', {})
  const enterSends = own('enterSends', true)
  const richText = own('richText', true)
  const undoSeconds = useStored('undoSeconds', 5)
  /** Senders whose pictures on other servers are shown without asking (features/reading). */
  const picturesFrom = own<string[]>('picturesFrom', [])
  const compact = own('compact', false)
  const sound = useStored('sound', true)
  const volume = useStored('volume', 0.6)
  const soundFocused = own('soundFocused', true)
  const quietOnCall = own('quietOnCall', true)
  /** The softphone answers what this person accepted or began (features/softphone). */
  const answersItself = own('answersItself', true)
  const alerts = own<AlertChoices>('alerts', {})
  /** How offers sound, by tier, where somebody chose (shared/lib/offer_sounds.ts). */
  const offerSounds = own<OfferSounds>('offerSounds', {})
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

  const takeKept = keepWithPerson(goesAlong)

  return {
    takeKept,
    theme,
    locale,
    shortcuts,
    keys,
    enterSends,
    richText,
    undoSeconds,
    picturesFrom,
    compact,
    sound,
    volume,
    desktopNotices,
    soundFocused,
    quietOnCall,
    answersItself,
    alerts,
    offerSounds,
    listWidth,
    panelWidth,
    panelOpen,
  }
})
