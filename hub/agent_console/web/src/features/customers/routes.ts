import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: 'customers/:customerId?', name: 'customers', meta: { title: 'nav.customers' }, component: () => import('@/features/customers/CustomersPage.vue') },
]
