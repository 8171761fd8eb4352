import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'customers/:customerId?', name: 'customers', meta: { title: 'nav.customers' }, component: () => withTexts('consent', import('@/features/customers/CustomersPage.vue')) },
]
