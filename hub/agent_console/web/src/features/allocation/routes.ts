import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'new-customers', name: 'new-customers', meta: { title: 'customer.leads' }, component: () => withTexts('allocation', import('@/features/allocation/LeadsPage.vue')) },
]
