import { defineStore } from 'pinia'

import { listOutages } from '@/shared/api/outages'
import { toldList } from './told_lists'

const AGAIN_MS = 15_000

/** Providers that do not answer now. */
export const useOutages = defineStore('outages', () => {
  const { items, watchOver } = toldList('provider_changed', listOutages, AGAIN_MS)
  return { away: items, watchOver }
})
