import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { i18n } from '@/i18n'
import * as api from '@/shared/api/desk'
import type { Label, Setup } from '@/shared/api/types'

type LabelList = 'tiers' | 'queues' | 'reasons' | 'outcomes' | 'next_actions' | 'not_ready_reasons' | 'decline_reasons' | 'branches' | 'skills' | 'tags'

/** The business set-up: names of tiers, queues, reasons, tags in both languages. */
export const useSetup = defineStore('setup', () => {
  const value = ref<Setup | null>(null)
  let asking: Promise<void> | undefined

  /** Load it once; `again` after the hub said that it changed. */
  function load(again = false): Promise<void> {
    if (again) asking = undefined
    asking ??= api.getSetup().then(
      (setup) => void (value.value = setup),
      (error: unknown) => {
        asking = undefined
        throw error
      },
    )
    return asking
  }

  const locale = computed(() => i18n.global.locale.value)
  const inLocale = (label: { zh: string; en: string }): string => (locale.value === 'zh-CN' ? label.zh : label.en)

  function nameOf(list: LabelList, id: string | null | undefined): string {
    if (!id) return ''
    const found = (value.value?.[list] as Label[] | undefined)?.find((label) => label.id === id)
    return found ? inLocale(found) : id
  }

  const tier = (id: string) => value.value?.tiers.find((one) => one.id === id)
  const queue = (id: string) => value.value?.queues.find((one) => one.id === id)
  const tierPosition = (id: string): number => tier(id)?.position ?? 99

  /** Is it one of the two best tiers, and shown with its name? */
  const isBest = (id: string): boolean => tierPosition(id) <= 1 && tier(id)?.chip === true

  const stopped = computed(() => (value.value?.queues ?? []).filter((one) => one.mine && one.stop))

  return { value, load, inLocale, nameOf, tier, queue, tierPosition, isBest, stopped }
})
