import { onMounted, ref, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { messageOf } from '@/shared/api/errors'
import { getUsed } from '@/shared/api/setup'
import type { Used } from '@/shared/api/setup_types'
import type { Kind } from '../domain/closing'
import { useSetupDraft } from '../setup_draft'

/** How often what agents choose from was chosen; read anew with each version. `words`: as a sentence. */
export function useUsed(): { used: Ref<Used | null>; trouble: Ref<string>; load: () => Promise<void>; words: (count: number | undefined, kind?: Kind) => string } {
  const { t, locale } = useI18n()
  const draft = useSetupDraft()
  const used = ref<Used | null>(null)
  const trouble = ref('')
  async function load(): Promise<void> {
    try {
      used.value = await getUsed()
      trouble.value = ''
    } catch (error) {
      trouble.value = messageOf(error)
    }
  }
  function words(count: number | undefined, kind: Kind = 'reasons'): string {
    if (count === undefined || !used.value) return ''
    const { most } = used.value
    const shown = (n: number): string => new Intl.NumberFormat(locale.value).format(n)
    const by = kind === 'not_ready_reasons' || kind === 'decline_reasons' ? 'chosen' : 'used' // of contacts it is how many have it
    return count > most ? t(`setup.choices.${by}More`, { n: shown(most) }) : t(`setup.choices.${by}`, { n: shown(count) }, count)
  }
  onMounted(load)
  watch(() => draft.version?.id, load)
  return { used, trouble, load, words }
}
