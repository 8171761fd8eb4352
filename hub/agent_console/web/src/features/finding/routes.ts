import type { RouteRecordRaw } from 'vue-router'

import { loadTexts, withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  {
    path: 'search',
    name: 'search',
    meta: { title: 'shell.search' },
    component: () => Promise.all([withTexts('finding', import('@/features/finding/SearchPage.vue')), loadTexts('views')]).then(([page]) => page),
  },
]
