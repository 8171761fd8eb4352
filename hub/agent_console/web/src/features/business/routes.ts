import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'feeds', name: 'feeds', meta: { title: 'nav.feeds', supervises: true }, component: () => withTexts('business', import('@/features/business/FeedsPage.vue')) },
]
