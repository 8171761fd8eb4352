import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'upkeep/:tab?', name: 'upkeep', meta: { title: 'knowledge.care', supervises: true }, component: () => withTexts('upkeep', import('@/features/upkeep/UpkeepPage.vue')) },
]
