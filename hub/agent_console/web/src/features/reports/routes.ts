import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'reports/:tab?', name: 'reports', meta: { title: 'nav.reports', supervises: true }, component: () => withTexts('reports', import('@/features/reports/ReportsPage.vue')) },
]
