import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'audit', name: 'audit', meta: { title: 'nav.audit', administers: true }, component: () => withTexts('audit', import('@/features/audit/AuditPage.vue')) },
]
