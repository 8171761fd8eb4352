import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import type { Named } from '@/shared/api/setup_types'

/** The name in the language of the screens; a key where there is none yet. */
export function useNames(): { nameOf: (one: Named | undefined) => string; options: (list: Named[]) => { value: string; label: string }[]; zh: ComputedRef<boolean> } {
  const { locale } = useI18n()
  const zh = computed(() => locale.value.startsWith('zh'))
  const nameOf = (one: Named | undefined): string => (one ? (zh.value ? one.zh : one.en) || one.key : '')
  const options = (list: Named[]): { value: string; label: string }[] => list.map((one) => ({ value: one.key, label: nameOf(one) }))
  return { nameOf, options, zh }
}
